"""Badges scanned at a terminal, as a browser without scripts sends them."""

PIN = "274951"


def switch(person, badge, pin=PIN, left="/account"):
    """Scan `badge` where `person` has `left` open, and type its PIN; the answer."""
    answer = person.client.post(
        "/scan",
        data=person.form("/account", "/scan").filled({"code": badge}),
        headers={"Referer": f"http://localhost{left}"},
    )
    return person.send(answer.location, {"pin": pin}, action="/switch")
