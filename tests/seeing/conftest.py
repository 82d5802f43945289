"""A real browser: where Debian's `chromium` and `chromium-driver` and the package selenium are installed."""

import importlib.util
import shutil

import pytest

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")


@pytest.fixture(scope="module")
def browser():
    missing = [name for name, found in (("chromium", BROWSER), ("chromium-driver", DRIVER)) if not found]
    missing += [] if importlib.util.find_spec("selenium") else ["selenium"]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for option in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()
