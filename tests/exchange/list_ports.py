"""Lists what the ports name their weights, from the ports themselves: the golden lists of the tests.

    list_ports.py pnasnet > pnasnet5large.tsv     (needs timm)
    list_ports.py keras > keras-mobile-layers.txt (needs keras)

Nothing is downloaded: the networks are built without weights.
"""
import re
import sys


def list_pnasnet():
    """Name and shape of each tensor that is called weight; of normalisations the others follow."""
    import timm

    for name, tensor in timm.create_model("pnasnet5large").state_dict().items():
        if name.endswith(".weight"):
            print(name, "x".join(map(str, tensor.shape)), sep="\t")


def list_keras():
    """The layers with weights in the order of Model.layers, a line a class."""
    import keras

    layers = {}
    for layer in keras.applications.NASNetMobile(weights=None).layers:
        if layer.weights:
            kind = re.sub("(?<=[a-z0-9])(?=[A-Z][a-z])", "_", type(layer).__name__).lower()
            layers.setdefault(kind, []).append(layer.name)
    for kind, names in layers.items():
        print(kind, *names)


{"pnasnet": list_pnasnet, "keras": list_keras}[sys.argv[1]]()
