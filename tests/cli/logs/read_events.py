"""Reads TensorBoard's event files below a folder with the package tensorboard: prints, by run and
tag, [step, value, time] of scalars and [step, width, height] of images, as JSON."""
import io
import json
import sys

from PIL import Image
from tensorboard.backend.event_processing import event_accumulator, event_multiplexer

ALL = {event_accumulator.SCALARS: 0, event_accumulator.IMAGES: 0, event_accumulator.TENSORS: 0}

events = event_multiplexer.EventMultiplexer(size_guidance=ALL, purge_orphaned_data=True)
events.AddRunsFromDirectory(sys.argv[1])
events.Reload()
found = {}
for run in events.Runs():
    tags = events.GetAccumulator(run).Tags()
    found[run] = {
        "scalars": {tag: [[e.step, e.value, e.wall_time] for e in events.Scalars(run, tag)]
                    for tag in tags["scalars"]},
        "images": {tag: [[e.step, e.width, e.height,
                          Image.open(io.BytesIO(e.encoded_image_string)).size == (e.width, e.height)]
                         for e in events.Images(run, tag)]
                   for tag in tags["images"]},
    }
print(json.dumps(found))
