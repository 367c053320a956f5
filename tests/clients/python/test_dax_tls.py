"""DAX clients over TLS (`daxs://`), with a certificate authority of one's own."""

import re
import ssl
import subprocess

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

import accelerator
from accelerator import new_key
from conftest import Hearth

CONNECT_LIMIT_S = 3
LISTEN = ["--daxs-listen", "127.0.0.1:0"]


class Authority:
    """A certificate authority for one test run, made by `openssl`."""

    def __init__(self, home):
        self.home = home
        self.pem, self.key = home / "ca.pem", home / "ca.key"
        openssl(
            *("req", "-x509", "-subj", "/CN=Tests", *new_key_pair(self.key), "-out", self.pem),
            *("-addext", "keyUsage=critical,keyCertSign"),
        )

    def options(self, names):
        """The options of a server with a certificate for these names."""
        made = self.home / re.sub(r"\W", "_", names)
        made.mkdir()
        pem, key, request = made / "server.pem", made / "server.key", made / "server.csr"
        extensions = made / "extensions"
        extensions.write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth\n")
        openssl("req", "-new", "-subj", "/CN=hearth", *new_key_pair(key), "-out", request)
        openssl(
            *("x509", "-req", "-in", request, "-CA", self.pem, "-CAkey", self.key),
            *("-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", pem),
        )
        return [*LISTEN, "--tls-cert", str(pem), "--tls-key", str(key)]


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def hearth(tmp_path_factory, authority):
    options = authority.options("DNS:localhost,IP:127.0.0.1")
    with Hearth(tmp_path_factory.mktemp("tls"), *options) as server:
        yield server


@pytest.fixture
def trusted(authority, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.pem))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_client_that_trusts_the_authority_reads_and_writes(hearth, client, shelf, trusted, host):
    item = new_key() | {"v": {"B": bytes(100_000)}}

    with accelerator.connect(daxs(hearth, host)) as dax:
        dax.put_item(TableName=shelf, Item=item)
        found = dax.get_item(TableName=shelf, Key={"id": item["id"]})["Item"]

    assert found == client.get_item(TableName=shelf, Key={"id": item["id"]})["Item"] == item


def test_plain_and_encrypted_clients_see_the_same(hearth, dax, shelf, trusted):
    key = new_key()

    with accelerator.connect(daxs(hearth, "localhost")) as encrypted:
        for round_ in range(20):
            encrypted.put_item(TableName=shelf, Item=key | {"round": {"N": str(round_)}})
            assert dax.get_item(TableName=shelf, Key=key)["Item"]["round"] == {"N": str(round_)}
            dax.delete_item(TableName=shelf, Key=key)
            assert encrypted.get_item(TableName=shelf, Key=key) == {}


def test_a_client_that_does_not_trust_the_authority_gets_nothing(hearth):
    with pytest.raises((ClientError, OSError)):
        connect_soon(daxs(hearth, "localhost"))


def test_a_certificate_for_another_name_is_noticed(tmp_path, authority, trusted):
    with Hearth(tmp_path, *authority.options("DNS:elsewhere.test")) as server:
        url = daxs(server, "localhost")

        with pytest.raises((ClientError, OSError)):
            connect_soon(url)
        accelerator.connect(url, skip_hostname_verification=True).close()


def test_a_plain_client_gets_nothing_from_the_encrypted_port(hearth, client, shelf, trusted):
    with pytest.raises((ClientError, OSError)):
        connect_soon("dax://" + hearth.daxs)

    with accelerator.connect(daxs(hearth, "localhost")) as dax:
        assert dax.get_item(TableName=shelf, Key=new_key()) == {}


def test_a_self_signed_certificate_can_be_trusted(tmp_path, monkeypatch):
    with Hearth(tmp_path / "data", *LISTEN, "--tls-self-signed") as server:
        url = daxs(server, "localhost")
        host, port = server.daxs.split(":")
        own = tmp_path / "own.pem"
        own.write_text(ssl.get_server_certificate((host, int(port))))

        with pytest.raises((ClientError, OSError)):
            connect_soon(url)
        monkeypatch.setenv("SSL_CERT_FILE", str(own))
        accelerator.connect(url).close()


def daxs(hearth, host):
    return f"daxs://{host}:{hearth.daxs.split(':')[1]}"


def connect_soon(url):
    """Connects in vain, without much patience."""
    config = Config(connect_timeout=CONNECT_LIMIT_S)
    accelerator.connect(url, config=config).close()


def new_key_pair(path):
    curve = ("-pkeyopt", "ec_paramgen_curve:prime256v1")
    return ("-newkey", "ec", *curve, "-nodes", "-keyout", path)


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)
