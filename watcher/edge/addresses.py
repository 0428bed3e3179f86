"""Which network addresses may be connected to: those of the public internet, and no other.

Judged is the address libcurl is about to connect to, so that no spelling of a name, no DNS answer and no redirect goes around it. The
ranges are written out here (IANA special-purpose registries) because `ipaddress` judges some of them differently from one Python to the
next. Source: docs/decisions/0004-fetching.md; PROMISES P3.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_CLOSED_V4 = tuple(map(IPv4Network, (
    "0.0.0.0/8",            # "this network": Linux takes it to the machine itself
    "10.0.0.0/8",           # private
    "100.64.0.0/10",        # shared: behind a carrier's NAT
    "127.0.0.0/8",          # loopback
    "169.254.0.0/16",       # link-local, cloud metadata
    "172.16.0.0/12",        # private
    "192.0.0.0/24",         # protocol assignments
    "192.0.2.0/24",         # documentation
    "192.88.99.0/24",       # 6to4 relays, given up
    "192.168.0.0/16",       # private
    "198.18.0.0/15",        # benchmarks
    "198.51.100.0/24",      # documentation
    "203.0.113.0/24",       # documentation
    "224.0.0.0/4",          # multicast
    "240.0.0.0/4",          # reserved, broadcast
)))
# All public unicast of IPv6 lies in here; loopback, unspecified, link-local, site-local, unique local, multicast and 100::/64 do not.
_UNICAST_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = tuple(map(IPv6Network, (
    "2001::/23",            # protocol assignments: Teredo (which holds an IPv4 address), ORCHID, benchmarks
    "2001:db8::/32",        # documentation
    "2002::/16",            # 6to4: holds an IPv4 address
    "3fff::/20",            # documentation
)))
# These stand for the IPv4 address in their last 32 bits. NAT64 is how an IPv6-only network reaches the IPv4 internet.
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
# The last half of an ISATAP address, which also ends in an IPv4 address.
_ISATAP = frozenset((0x0000_5EFE, 0x0200_5EFE))


@lru_cache(maxsize=4_096)
def is_public(address: str) -> bool:
    """Whether a numeric address, as the resolver gives it, belongs to the public internet. What is no address does not."""
    try:
        numeric = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return _is_public_v4(numeric) if isinstance(numeric, IPv4Address) else _is_public_v6(numeric)


def _is_public_v4(address: IPv4Address) -> bool:
    return not any(address in closed for closed in _CLOSED_V4)


def _is_public_v6(address: IPv6Address) -> bool:
    last = IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in _MAPPED or address in _NAT64:
        return _is_public_v4(last)
    if int(address) >> 32 & 0xFFFF_FFFF in _ISATAP and not _is_public_v4(last):
        return False
    return address in _UNICAST_V6 and not any(address in closed for closed in _CLOSED_V6)
