from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from packagerepos.certificates import BadCertificates, read_certificates

NOW = datetime(2026, 6, 1, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())


def made(name: str = "Example CA", *, days: int = 30) -> str:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = NOW - timedelta(days=400)
    builder = x509.CertificateBuilder(subject, subject, KEY.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(start).not_valid_after(NOW + timedelta(days=days))
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


class TestReadCertificates:
    def test_describes_each(self):
        found = read_certificates(f"# ours\n{made('One')}\n{made('Two')}", now=NOW)

        assert [each.subject for each in found.found] == ["One", "Two"]
        assert found.pem.count("BEGIN CERTIFICATE") == 2
        assert "# ours" not in found.pem

    def test_refuses_a_private_key_and_does_not_repeat_it(self):
        key = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

        with pytest.raises(BadCertificates, match="private key") as caught:
            read_certificates(made() + key, now=NOW)

        assert key.splitlines()[1] not in f"{caught.value} {caught.value.hint}"

    def test_refuses_an_expired_one_by_name_and_day(self):
        with pytest.raises(BadCertificates, match="Old CA expired on 31 May 2026"):
            read_certificates(made("Old CA", days=-1), now=NOW)

    @pytest.mark.parametrize("text", ["", "hello", "-----BEGIN CERTIFICATE-----", made().replace("M", "?", 3)])
    def test_refuses_what_is_no_certificate(self, text):
        with pytest.raises(BadCertificates):
            read_certificates(text, now=NOW)
