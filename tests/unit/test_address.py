"""URLs of servers, as the environment gives them."""

import pytest

from tests.address import Address


def test_url_is_read_with_its_parts_unquoted():
    address = Address.parse("postgresql://ann:p%40ss@127.0.0.1:5433/post%20gres")
    assert address == Address(
        engine="postgresql",
        user="ann",
        password="p@ss",
        host="127.0.0.1",
        port="5433",
        name="post gres",
        options={},
    )


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann@/x?host=/run/sockets",
        "mariadb://ann@/x?unix_socket=/run/sockets",
    ],
)
def test_socket_takes_the_place_of_the_host(url):
    assert Address.parse(url).host == "/run/sockets"


def test_other_options_are_kept():
    assert Address.parse("mariadb://h/?ssl_mode=DISABLED").options == {
        "ssl_mode": "DISABLED"
    }
