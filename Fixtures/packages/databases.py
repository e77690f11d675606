"""Databases and their clients. Where there is no server, the client has to say so in its own words."""

# A port of this machine that nothing listens to.
CLOSED = 9


def refused(connect):
    """The error that a client raises."""
    try:
        connect()
    except ImportError:
        raise
    except Exception as error:
        return error
    raise AssertionError("a server listens")


def psycopg():
    import psycopg

    assert psycopg.pq.__impl__ == "binary"
    assert psycopg.pq.version() > 100000
    settings = f"host=127.0.0.1 port={CLOSED} sslmode=require user=x dbname=x connect_timeout=3"
    assert "refused" in str(refused(lambda: psycopg.connect(settings)))


def psycopg2_binary():
    import psycopg2

    settings = {"host": "127.0.0.1", "port": CLOSED, "sslmode": "require", "user": "x", "dbname": "x"}
    assert "refused" in str(refused(lambda: psycopg2.connect(**settings)))


async def asyncpg():
    import asyncpg

    try:
        await asyncpg.connect(host="127.0.0.1", port=CLOSED, user="x", database="x", ssl="require")
    except OSError:
        return
    raise AssertionError("a server listens")


def PyMySQL():
    import pymysql

    refused(lambda: pymysql.connect(host="127.0.0.1", port=CLOSED))


def pymssql():
    import pymssql

    refused(lambda: pymssql.connect(server="127.0.0.1", port=CLOSED, user="x", password="x", login_timeout=1))


def pymongo():
    import bson
    import pymongo

    assert bson.has_c()
    assert bson.decode(bson.encode({"n": 1})) == {"n": 1}
    client = pymongo.MongoClient("127.0.0.1", CLOSED, tls=True, serverSelectionTimeoutMS=100)
    refused(client.server_info)
    client.close()


def redis():
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    refused(redis.Redis(port=CLOSED, ssl=True, retry=Retry(NoBackoff(), 0)).ping)


def hiredis():
    import hiredis

    reader = hiredis.Reader()
    reader.feed(b"*2\r\n$1\r\na\r\n:1\r\n")
    assert reader.gets() == [b"a", 1]


def duckdb():
    import duckdb

    assert duckdb.sql("select sum(n) from range(1000) t(n)").fetchall() == [(499500,)]
    assert duckdb.sql("select regexp_matches('ab1', '[a-z]+[0-9]')").fetchall() == [(True,)]


def sqlite3():
    import sqlite3

    connection = sqlite3.connect(":memory:")
    assert connection.execute("select json_extract('{\"n\": 7}', '$.n')").fetchone()[0] == 7
    connection.close()


def apsw():
    import apsw

    assert apsw.using_amalgamation
    assert apsw.Connection(":memory:").execute("select upper('a')").fetchall() == [("A",)]


def confluent_kafka():
    import confluent_kafka

    settings = {"bootstrap.servers": f"127.0.0.1:{CLOSED}", "security.protocol": "ssl", "log_level": 0}
    producer = confluent_kafka.Producer({**settings, "error_cb": lambda error: None})
    producer.poll(0.2)
    assert confluent_kafka.libversion()[0] > "1"
