import PythonAPI
