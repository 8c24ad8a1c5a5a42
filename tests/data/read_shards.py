"""Reads shards with Python's tarfile and with the webdataset package: a line for each sample."""

import glob
import io
import sys
import tarfile

import webdataset

folder = sys.argv[1]
shards = sorted(glob.glob(f"{folder}/shards/*.tar"))

with open(f"{folder}/tarfile.txt", "w") as out:
    for shard in shards:
        with tarfile.open(shard) as tar:
            for member in tar:
                bytes_ = tar.extractfile(member).read()
                print(shard.rsplit("/", 1)[1], member.name, bytes_.decode(), file=out)

with open(f"{folder}/webdataset.txt", "w") as out:
    for sample in webdataset.WebDataset(shards, shardshuffle=False, empty_check=False):
        picture = next(sample[end] for end in ("jpg", "png", "webp") if end in sample)
        print(sample["__key__"], sample["cls"].decode(), picture.decode(), file=out)
