"""Machine learning and the text that goes into it."""


def torch():
    import torch

    layer = torch.nn.Linear(8, 2)
    loss = layer(torch.ones(4, 8)).pow(2).sum()
    loss.backward()
    assert layer.weight.grad.shape == (2, 8)

    # Compiles, with regular expressions and streams of C++.
    @torch.jit.script
    def double(x: torch.Tensor) -> torch.Tensor:
        return x + x

    assert double(torch.ones(3)).sum().item() == 6
    assert "double" in str(double.code)
    torch.set_num_threads(2)
    assert torch.linalg.inv(torch.eye(100)).trace().item() == 100


def scikit_learn():
    from sklearn.datasets import make_classification
    from sklearn.ensemble import RandomForestClassifier

    examples, labels = make_classification(200, random_state=1)
    assert RandomForestClassifier(10, n_jobs=2, random_state=1).fit(examples, labels).score(examples, labels) > 0.9


def lightgbm():
    import lightgbm
    import numpy

    examples = numpy.random.default_rng(1).random((200, 4))
    model = lightgbm.LGBMRegressor(n_estimators=5, verbose=-1).fit(examples, examples[:, 0])
    assert model.predict(examples).shape == (200,)


def faiss_cpu():
    import faiss
    import numpy

    vectors = numpy.random.default_rng(1).random((100, 8)).astype("float32")
    index = faiss.IndexFlatL2(8)
    index.add(vectors)
    assert index.search(vectors[:5], 1)[1].ravel().tolist() == [0, 1, 2, 3, 4]


def onnxruntime():
    import onnxruntime

    # No model, but Protocol Buffers: the library that it brings has to read them.
    try:
        onnxruntime.InferenceSession(b"\x0a\x01x", providers=["CPUExecutionProvider"])
    except Exception as error:
        assert "protobuf" in str(error).lower(), error
    else:
        raise AssertionError("no model was accepted")


def tokenizers():
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE(unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(["to be or not to be"] * 10, trainers.BpeTrainer(special_tokens=["?"]))
    assert tokenizer.encode("to be").tokens == ["to", "be"]


def sentencepiece():
    import io

    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["to be or not to be that is the question"] * 50),
        model_writer=model,
        vocab_size=20,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    assert sentencepiece.SentencePieceProcessor(model_proto=model.getvalue()).decode([3, 4]) is not None


def tiktoken():
    import tiktoken

    ranks = {bytes([octet]): octet for octet in range(256)}
    coding = tiktoken.Encoding("octets", pat_str=r"\w+|\W+", mergeable_ranks=ranks, special_tokens={})
    assert coding.decode(coding.encode("to be")) == "to be"


def regex():
    import regex

    assert regex.fullmatch(r"\p{Lu}\p{Ll}+", "Ärger")
