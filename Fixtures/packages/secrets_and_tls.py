"""Cryptography, and clients that speak TLS with a server on this machine."""

import local_server


def ssl():
    import ssl
    import urllib.request

    with local_server.https() as (url, certificate):
        context = ssl.create_default_context(cafile=certificate)
        assert urllib.request.urlopen(url, context=context).read() == local_server.ANSWER


def hashlib():
    import hashlib

    for name in hashlib.algorithms_guaranteed:
        hashlib.new(name)
    assert hashlib.scrypt(b"x", salt=b"y", n=2, r=8, p=1, dklen=8)


def cryptography():
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    fernet = Fernet(Fernet.generate_key())
    assert fernet.decrypt(fernet.encrypt(b"secret")) == b"secret"
    key = ec.generate_private_key(ec.SECP256R1())
    signature = key.sign(b"text", ec.ECDSA(hashes.SHA256()))
    key.public_key().verify(signature, b"text", ec.ECDSA(hashes.SHA256()))
    assert rsa.generate_private_key(65537, 2048).key_size == 2048


def pyOpenSSL():
    import socket
    from urllib.parse import urlsplit

    from OpenSSL import SSL

    with local_server.https() as (url, certificate):
        context = SSL.Context(SSL.TLS_METHOD)
        context.load_verify_locations(certificate)
        context.set_verify(SSL.VERIFY_PEER, lambda connection, found, number, depth, is_good: bool(is_good))
        plain = socket.create_connection(("127.0.0.1", urlsplit(url).port))
        plain.setblocking(True)
        secure = SSL.Connection(context, plain)
        secure.set_connect_state()
        secure.do_handshake()
        secure.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert secure.recv(12) == b"HTTP/1.1 200"
        secure.close()


def bcrypt():
    import bcrypt

    assert bcrypt.checkpw(b"secret", bcrypt.hashpw(b"secret", bcrypt.gensalt(4)))


def PyNaCl():
    import nacl.secret
    import nacl.utils

    box = nacl.secret.SecretBox(nacl.utils.random(nacl.secret.SecretBox.KEY_SIZE))
    assert box.decrypt(box.encrypt(b"secret")) == b"secret"


def pycryptodome():
    from Crypto.Cipher import AES

    cipher = AES.new(b"0" * 16, AES.MODE_GCM, nonce=b"1" * 12)
    text, tag = cipher.encrypt_and_digest(b"secret")
    assert AES.new(b"0" * 16, AES.MODE_GCM, nonce=b"1" * 12).decrypt_and_verify(text, tag) == b"secret"


async def aiohttp():
    import ssl

    import aiohttp

    with local_server.https() as (url, certificate):
        context = ssl.create_default_context(cafile=certificate)
        async with aiohttp.ClientSession() as session, session.get(url, ssl=context) as response:
            assert await response.read() == local_server.ANSWER


def curl_cffi():
    from curl_cffi import requests

    with local_server.https() as (url, certificate):
        assert requests.get(url, verify=certificate, impersonate="chrome").content == local_server.ANSWER


def pycurl():
    import io

    import pycurl

    with local_server.https() as (url, certificate):
        curl, body = pycurl.Curl(), io.BytesIO()
        curl.setopt(curl.URL, url)
        curl.setopt(curl.CAINFO, certificate)
        curl.setopt(curl.WRITEDATA, body)
        curl.perform()
        curl.close()
        assert body.getvalue() == local_server.ANSWER


def pygit2():
    import tempfile

    import pygit2

    with tempfile.TemporaryDirectory() as folder:
        repository = pygit2.init_repository(folder)
        assert repository[repository.create_blob(b"text")].data == b"text"
        try:
            pygit2.clone_repository("https://127.0.0.1:9/none.git", folder + "/clone")
        except pygit2.GitError:
            return
    raise AssertionError("a server listens")
