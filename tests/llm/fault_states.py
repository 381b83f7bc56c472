"""Rows of the fault matrix: in which state a server is found."""

from __future__ import annotations

from dataclasses import dataclass

from ai_coder.errors import Remedy
from ai_coder.llm.connection import ConnectionKind, Health
from tests.fake_http import Answer
from tests.fake_lm_studio import FAULTS, VALID_TOKEN, FakeLMStudio, LMModel
from tests.llm.fault_setups import Setup, everything_is, having, scripted


@dataclass
class State:
    """A row of the first table: the state that asking the server ends in."""

    name: str
    set_up: Setup
    kind: ConnectionKind
    words: str
    remedy: Remedy | None
    health: Health = Health.FAILED
    token: str | None = None
    path: str = "/v1"
    cause: str = ""


STATES = [
    State("off", FakeLMStudio.close, ConnectionKind.UNREACHABLE, "does not answer",
          Remedy.START_SERVER, Health.OFF),
    State("accepts, never answers", everything_is(FAULTS["never answers"]),
          ConnectionKind.UNREACHABLE, "says nothing", Remedy.RETRY, Health.OFF),
    State("a web page", everything_is(FAULTS["html page"]), ConnectionKind.SOMETHING_ELSE,
          "is not LM Studio", Remedy.OPEN_SETTINGS),
    *(State(f"a proxy without its server, {status}",
            everything_is(Answer(status, "<html>no</html>")), ConnectionKind.SOMETHING_ELSE,
            "is not LM Studio", Remedy.OPEN_SETTINGS, cause="proxy answered")
      for status in (502, 503, 504)),
    State("a page about port 50200", everything_is(Answer(404, "<html>50200</html>")),
          ConnectionKind.SOMETHING_ELSE, "is not LM Studio", Remedy.OPEN_SETTINGS,
          cause="Another program"),
    State("another JSON server", everything_is(Answer(body={"hello": "world"})),
          ConnectionKind.SOMETHING_ELSE, "is not LM Studio", Remedy.OPEN_SETTINGS),
    State("an empty body", everything_is(FAULTS["empty body"]), ConnectionKind.SOMETHING_ELSE,
          "is not LM Studio", Remedy.OPEN_SETTINGS),
    State("half a list", everything_is(FAULTS["broken json"]), ConnectionKind.SOMETHING_ELSE,
          "is not LM Studio", Remedy.OPEN_SETTINGS),
    State("hangs up", everything_is(FAULTS["closes at once"]), ConnectionKind.DEGRADED,
          "with errors", Remedy.RETRY, Health.WAITING),
    State("wrong path", lambda _server: None, ConnectionKind.WRONG_PATH, "not at this path",
          Remedy.USE_ADDRESS, path="/some/where"),
    State("no token", having(token=VALID_TOKEN), ConnectionKind.AUTH_NEEDED, "asks for a token",
          Remedy.ENTER_TOKEN),
    State("no token, and /v1 pretends not to exist (Q3)",
          having(token=VALID_TOKEN, auth_on_v1="200"), ConnectionKind.AUTH_NEEDED,
          "asks for a token", Remedy.ENTER_TOKEN),
    State("wrong token", having(token=VALID_TOKEN), ConnectionKind.TOKEN_REFUSED,
          "refused the token", Remedy.ENTER_TOKEN, token="sk-lm-wrong"),
    State("right token", having(token=VALID_TOKEN), ConnectionKind.READY, "ready", None,
          Health.READY, token=VALID_TOKEN),
    State("nothing downloaded", having(models=[]), ConnectionKind.NOTHING_DOWNLOADED,
          "no chat model", Remedy.DOWNLOAD_MODEL, Health.WAITING),
    State("embedding models only", having(models=[LMModel("text-embedding-x", type="embedding")]),
          ConnectionKind.NOTHING_DOWNLOADED, "no chat model", Remedy.DOWNLOAD_MODEL,
          Health.WAITING),
    State("nothing loaded", having(models=[LMModel("a"), LMModel("b")]),
          ConnectionKind.NOTHING_LOADED, "no model is loaded", Remedy.LOAD_MODEL, Health.READY),
    State("nothing loaded, version 0.3, loading on demand off (Q7)",
          having(models=[LMModel("a")], level="v0", jit=False), ConnectionKind.NOTHING_LOADED,
          "no model is loaded", Remedy.LOAD_MODEL, Health.READY),
    State("empty list on /v1 alone (Q7)", having(models=[LMModel("a")], level="v1", jit=False),
          ConnectionKind.NOTHING_LOADED, "no model is loaded", Remedy.LOAD_MODEL, Health.READY),
    State("a cold start lists embeddings first (Q36)", having(cold_start=True),
          ConnectionKind.READY, "ready", None, Health.READY),
    State("version 0.3.6", having(level="v0"), ConnectionKind.READY, "ready", None, Health.READY),
    State("before 0.3.6", having(level="v1"), ConnectionKind.READY, "ready", None, Health.READY),
    State("greets but its lists fail", lambda server: [
              server.always(path, Answer(500, {"error": "Internal"}))
              for path in ("/api/v1/models", "/api/v0/models", "/v1/models")] and None,
          ConnectionKind.DEGRADED, "with errors", Remedy.RETRY, Health.WAITING),
    State("does not greet but lists", scripted(Answer(404, "nope"), "/lmstudio-greeting"),
          ConnectionKind.READY, "ready", None, Health.READY),
    State("odd entries in the list", scripted(Answer(body={"models": [None, "x", {"key": "a"}]}),
                                              "/api/v1/models"),
          ConnectionKind.NOTHING_LOADED, "no model is loaded", Remedy.LOAD_MODEL, Health.READY),
]  # fmt: skip

GENERIC = [
    ("a web page", FAULTS["html page"], ConnectionKind.SOMETHING_ELSE),
    ("a list of nothing", Answer(body={"data": []}), ConnectionKind.NOTHING_DOWNLOADED),
    ("no list", Answer(body={"hello": 1}), ConnectionKind.WRONG_PATH),
    ("no route", Answer(404, {"detail": "Not Found"}), ConnectionKind.WRONG_PATH),
    ("no key", Answer(401, {"error": {"message": "Invalid API Key"}}), ConnectionKind.AUTH_NEEDED),
    ("forbidden", Answer(403, b""), ConnectionKind.AUTH_NEEDED),
    ("starting", Answer(503, {"error": {"message": "Loading model"}}), ConnectionKind.DEGRADED),
]
