"""A network of either version of IP, as settings and addresses of callers name it."""

from ipaddress import IPv4Network, IPv6Network

Network = IPv4Network | IPv6Network
