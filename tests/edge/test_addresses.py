"""Which network addresses may be connected to."""

from __future__ import annotations

import pytest

from watcher.edge.addresses import is_public


def _words(text: str) -> list[str]:
    return text.split()


PRIVATE = _words("""
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.1.2.3 169.254.169.254 172.16.0.1 172.31.255.255
    192.0.0.8 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.7 224.0.0.1 239.255.255.250 240.0.0.1
    255.255.255.255
    :: ::1 ::127.0.0.1 ::8.8.8.8 fe80::1 fe80::1%eth0 febf::1 fec0::1 fc00::1 fd00:ec2::254 ff02::1 100::1 64:ff9b:1::808:808
    2001:: 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:10::1 2001:20::1 2001:2::1 2001:db8::1 2002:7f00:1:: 2002:808:808::1 3fff::1
    5f00::1 4000::1
    ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 0:0:0:0:0:ffff:c0a8:1 ::ffff:0:127.0.0.1
    64:ff9b::127.0.0.1 64:ff9b::a00:1 64:ff9b::c0a8:0101 2a00:1450::5efe:10.0.0.1 2a00:1450:0:1:200:5efe:7f00:1
""")

PUBLIC = _words("""
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 172.15.255.255 172.32.0.1 192.0.1.1
    192.167.255.255 192.169.0.1 198.17.255.255 198.20.0.1 223.255.255.255
    2001:4860:4860::8888 2606:4700:4700::1111 2a00:1450:4007::200e 2620:fe::fe ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2a00:1450::5efe:8.8.8.8
""")


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused_in_every_spelling(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_not(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["", "localhost", "127.1", "0x7f.1", "2130706433", "8.8.8.8.8", "[::1]"])
def test_what_is_no_numeric_address_is_refused(address: str) -> None:
    assert not is_public(address)
