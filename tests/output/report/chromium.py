"""A headless Chromium over its debugging pipe: opens a page and tells what it asked for, said and shows."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PATIENCE = 60.0


def program() -> str | None:
    """Path of a Chromium on this machine."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


@dataclass
class Opened:
    """What was seen of one page."""

    requests: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    text: str = ""
    width: int = 0
    elements: dict[str, int] = field(default_factory=dict)
    screen: bytes = b""
    pdf: bytes = b""


class Browser:
    """One browser; commands go down one pipe, answers and events come up another, ended by a zero byte."""

    def __init__(self, path: str, folder: str) -> None:
        down, self._down = os.pipe()
        self._up, up = os.pipe()

        def place() -> None:  # the program reads from 3 and writes to 4
            kept_down, kept_up = os.dup(down), os.dup(up)
            os.dup2(kept_down, 3)
            os.dup2(kept_up, 4)

        arguments = [
            path, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND",
            "--remote-debugging-pipe", f"--user-data-dir={folder}",
        ]  # fmt: skip
        self._process = subprocess.Popen(
            arguments, preexec_fn=place, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(down)
        os.close(up)
        self._rest = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str | None = None, **parameters: object) -> dict[str, Any]:
        """Send a command and wait for its answer; events met on the way are kept."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._down, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next(PATIENCE)
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return dict(answer["result"])
            self.events.append(answer)

    def wait(self, method: str) -> None:
        """Wait for an event."""
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self._next(PATIENCE))

    def _next(self, seconds: float) -> dict[str, Any]:
        end = time.monotonic() + seconds
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._up], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise TimeoutError("the browser does not answer")
            got = os.read(self._up, 1 << 16)
            if not got:
                raise RuntimeError("the browser ended")
            self._rest += got
        line, self._rest = self._rest.split(b"\0", 1)
        return dict(json.loads(line))

    def close(self) -> None:
        """End the browser."""
        with contextlib.suppress(OSError, RuntimeError, TimeoutError, AssertionError):
            self.call("Browser.close")
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        os.close(self._down)
        os.close(self._up)


@contextlib.contextmanager
def browser(path: str) -> Iterator[Browser]:
    """A browser with a profile of its own that is thrown away."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        started = Browser(path, folder)
        try:
            yield started
        finally:
            started.close()


COUNT = "JSON.stringify(Object.fromEntries(['script','iframe','img','link','svg','table','h2','object','embed']" \
    ".map(n => [n, document.getElementsByTagName(n).length])))"  # fmt: skip


def opened(path: str, page: Path, *, width: int = 1000, pictures: bool = True) -> Opened:
    """Open a file as a page in a window of `width` pixels; `pictures` also takes it from the screen and prints it."""
    seen = Opened()
    with browser(path) as b:
        target = b.call("Target.createTarget", url="about:blank")["targetId"]
        s = b.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            b.call(f"{domain}.enable", s)
        b.call("Emulation.setDeviceMetricsOverride", s, width=width, height=1400, deviceScaleFactor=1, mobile=False)
        b.events.clear()
        b.call("Page.navigate", s, url=page.resolve().as_uri())
        b.wait("Page.loadEventFired")

        def value(expression: str) -> Any:
            return b.call("Runtime.evaluate", s, expression=expression, returnByValue=True)["result"]["value"]

        seen.text = str(value("document.body.innerText"))
        seen.width = int(value("document.documentElement.scrollWidth"))
        seen.elements = json.loads(str(value(COUNT)))
        if pictures:
            shot = b.call("Page.captureScreenshot", s, format="png", captureBeyondViewport=True)
            seen.screen = base64.b64decode(shot["data"])
            printed = b.call("Page.printToPDF", s, printBackground=True, preferCSSPageSize=True)
            seen.pdf = base64.b64decode(printed["data"])
        for event in b.events:
            method, about = event.get("method"), event.get("params", {})
            if method == "Network.requestWillBeSent":
                seen.requests.append(about["request"]["url"])
            elif method == "Log.entryAdded":
                seen.console.append(about["entry"]["text"])
            elif method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
                seen.console.append(json.dumps(about)[:500])
            elif method == "Page.javascriptDialogOpening":
                seen.dialogs.append(about["message"])
    return seen


@contextlib.contextmanager
def live(
    path: str, page: Path, *, dark: bool = False, scripts: bool = True, media: str = ""
) -> Iterator[Callable[[str], Any]]:
    """A page to work with: a function that evaluates an expression in it, a promise until it is kept.

    Without `scripts` the page's own do not run; what is evaluated does.
    """
    with browser(path) as b:
        target = b.call("Target.createTarget", url="about:blank")["targetId"]
        s = b.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        b.call("Page.enable", s)
        b.call("Emulation.setDeviceMetricsOverride", s, width=1000, height=1400, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        b.call("Emulation.setEmulatedMedia", s, media=media, features=[scheme])
        b.call("Emulation.setScriptExecutionDisabled", s, value=not scripts)
        b.events.clear()
        b.call("Page.navigate", s, url=page.resolve().as_uri())
        b.wait("Page.loadEventFired")

        def evaluated(expression: str) -> Any:
            if expression.startswith("key "):
                key = expression.removeprefix("key ")
                text = {"Enter": "\r", "Tab": ""}.get(key, key)
                b.call("Input.dispatchKeyEvent", s, type="keyDown", key=key, text=text,
                       windowsVirtualKeyCode={"Enter": 13, "Tab": 9}.get(key, 0))  # fmt: skip
                b.call("Input.dispatchKeyEvent", s, type="keyUp", key=key)
                return None
            answer = b.call("Runtime.evaluate", s, expression=expression, returnByValue=True, awaitPromise=True)
            return answer["result"].get("value")

        yield evaluated
