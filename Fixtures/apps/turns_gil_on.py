"""Imports an extension that does not say that it does without a GIL: at once, or when it is asked to."""

import importlib
import json
import os
import sys


def tell():
    return {'gil': getattr(sys, '_is_gil_enabled', lambda: True)()}


if os.environ.get('IMPORTS_AT_ONCE'):
    importlib.import_module('needs_gil')


async def app(scope, receive, send):
    if scope['type'] != 'http':
        raise NotImplementedError(scope['type'])
    if scope['path'] == '/import':
        importlib.import_module('needs_gil')
    await send({'type': 'http.response.start', 'status': 200, 'headers': []})
    await send({'type': 'http.response.body', 'body': json.dumps(tell()).encode()})
