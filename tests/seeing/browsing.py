"""What the tests of pages ask of a browser."""


def seen_at(page, width, scheme):
    """The page at a width in pixels, light or dark."""
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    )
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})


def slide(page, value):
    """Move the slider."""
    page.execute_script(
        f"const s = arguments[0]; s.value = {value}; s.dispatchEvent(new Event('input'))", page.find_element("id", "slider")
    )


def without_a_name(page, kinds):
    """How many elements of these kinds have nothing that a screen reader could say."""
    return page.execute_script(
        f"return [...document.querySelectorAll('{kinds}')]"
        ".filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim())).length"
    )
