"""A browser without JavaScript: cookies, redirects inside the site, and forms posted as they stand on the page."""

import dataclasses
from urllib.parse import urljoin, urlsplit

import requests
from bs4 import BeautifulSoup, Tag


@dataclasses.dataclass
class Form:
    """A form as a browser would post it: `fields` can be changed, `boxes` are the checkboxes by value."""

    action: str
    method: str
    fields: list[tuple[str, str]]
    boxes: dict[str, tuple[str, bool]]
    buttons: list[tuple[str, str]]
    files: list[str]

    def set(self, name: str, value: str):
        assert any(field == name for field, _ in self.fields), f"no field {name}: {[field for field, _ in self.fields]}"
        self.fields = [(field, value if field == name else old) for field, old in self.fields]

    def tick(self, value: str):
        assert value in self.boxes, f"no box {value}: {list(self.boxes)}"
        self.boxes[value] = (self.boxes[value][0], True)

    def press(self, name: str | None = None, value: str | None = None) -> list[tuple[str, str]]:
        """What is posted when the button is pressed, in the page's order."""
        posted = list(self.fields) + [(field, word) for word, (field, ticked) in self.boxes.items() if ticked]
        if name is not None:
            assert (name, value) in self.buttons, f"no button {name}={value}: {self.buttons}"
            posted.append((name, value))
        return posted


class Page:
    def __init__(self, answer: requests.Response):
        self.answer = answer
        self.status = answer.status_code
        self.url = answer.url
        self.html = answer.text
        self.soup = BeautifulSoup(answer.text, "html.parser")

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def text(self) -> str:
        """What a person reads, with white space evened out."""
        soup = BeautifulSoup(self.html, "html.parser")
        for hidden in soup(["style", "script", "svg", "head"]):
            hidden.decompose()
        return " ".join(soup.get_text(" ").split())

    def form(self, action: str) -> Form:
        """The form that posts to a path which ends in `action`."""
        for form in self.soup.find_all("form"):
            target = urljoin(self.url, form.get("action") or self.url)
            if urlsplit(target).path.endswith(action):
                return parse(form, target)
        found = [form.get("action") for form in self.soup.find_all("form")]
        raise AssertionError(f"no form posts to {action} on {self.url} ({self.status}): {found}\n{self.text[:800]}")

    def links(self, beginning: str) -> list[str]:
        found = [link.get("href", "") for link in self.soup.find_all("a")]
        return [link for link in dict.fromkeys(found) if urlsplit(link).path.startswith(beginning)]

    def refreshes(self) -> bool:
        return self.soup.find("meta", attrs={"http-equiv": lambda word: word and word.lower() == "refresh"}) is not None


def parse(form: Tag, target: str) -> Form:
    fields, boxes, buttons, files = [], {}, [], []
    for control in form.find_all(["input", "button", "textarea", "select"]):
        name, kind = control.get("name"), (control.get("type") or "").lower()
        if control.name == "button":
            if name:
                buttons.append((name, control.get("value", "")))
            continue
        if not name or control.has_attr("disabled"):
            continue
        if kind in ("checkbox", "radio"):
            boxes[control.get("value", "on")] = (name, control.has_attr("checked"))
        elif kind == "file":
            files.append(name)
        elif kind == "submit":
            buttons.append((name, control.get("value", "")))
        else:
            fields.append((name, control.get("value", "") if control.name == "input" else control.get_text()))
    return Form(target, (form.get("method") or "get").lower(), fields, boxes, buttons, files)


class Browser:
    def __init__(self, base: str):
        self.base = base
        self.session = requests.Session()
        self.session.headers["User-Agent"] = "acceptance"
        self.session.headers["Accept"] = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"

    def open(self, address: str, follow: bool = True) -> Page:
        return self._walk("GET", urljoin(self.base, address), follow)

    def submit(self, form: Form, name: str | None = None, value: str | None = None, *, files=None, follow=True,
               headers: dict | None = None) -> Page:
        """Presses a button of the form. An answer that leads to another site is returned, not followed."""
        posted = form.press(name, value)
        return self.post(form.action, posted, files=files, follow=follow, headers=headers)

    def post(self, address: str, fields, *, files=None, follow=True, headers: dict | None = None) -> Page:
        origin = {"Origin": self.base, "Sec-Fetch-Site": "same-origin"} | (headers or {})
        return self._walk("POST", urljoin(self.base, address), follow, data=fields, files=files, headers=origin)

    def cookie(self, name: str) -> str | None:
        return next((cookie.value for cookie in self.session.cookies if cookie.name == name), None)

    def _walk(self, method: str, address: str, follow: bool, **kept) -> Page:
        answer = self.session.request(method, address, allow_redirects=False, timeout=60, **kept)
        for _ in range(10):
            target = answer.headers.get("Location")
            if not follow or not target or urlsplit(urljoin(answer.url, target)).netloc != urlsplit(self.base).netloc:
                return Page(answer)
            answer = self.session.get(urljoin(answer.url, target), allow_redirects=False, timeout=60)
        raise AssertionError(f"redirects without an end at {address}")

    # What people do

    def sign_up(self, login: str, password: str, name: str) -> Page:
        form = self.open("/sign-up").form("/sign-up")
        for field, word in (("login", login), ("password", password), ("name", name)):
            form.set(field, word)
        return self.submit(form)

    def sign_in(self, login: str, password: str, page: Page | None = None) -> Page:
        form = (page or self.open("/sign-in")).form("/sign-in")
        form.set("login", login)
        form.set("password", password)
        return self.submit(form)

    def sign_out(self) -> Page:
        return self.submit(self.open("/").form("/sign-out"))

    def upload(self, path, name: str = "export.xml") -> Page:
        """Uploads an export and lands on the import's page, or on the form with what is wrong."""
        form = self.open("/import").form("/import")
        with open(path, "rb") as file:
            return self.submit(form, files={"export": (name, file, "application/octet-stream")})

    def decide(self, page: Page, decision: str, *ticked: str) -> Page:
        """Presses approve or deny on a consent page with these boxes ticked."""
        form = page.form(page.path)
        for scope in ticked:
            form.tick(scope)
        return self.submit(form, "decision", decision)
