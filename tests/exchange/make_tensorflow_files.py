"""Writes the checkpoints of tensorflow_files.h with TensorFlow: make_tensorflow_files.py FOLDER. Given
--compare, instead has TensorFlow read and write again what write_checkpoint.py writes there."""
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1


def save(variables, prefix):
    with tf.Graph().as_default():
        variables()
        with tf1.Session() as session:
            session.run(tf1.global_variables_initializer())
            tf1.train.Saver().save(session, prefix, write_meta_graph=False, write_state=False)


def saver_variables():
    tf1.get_variable("conv0/weights", initializer=np.arange(6, dtype=np.float32).reshape(1, 1, 2, 3))
    tf1.get_variable("half", initializer=np.array([1, 2.5], np.float16))
    tf1.get_variable("brain", initializer=tf.constant([1, -3], tf.bfloat16))
    tf1.get_variable("double", initializer=np.array([0.5]))
    tf1.get_variable("global_step", initializer=np.int64(77))
    tf1.get_variable("parted", shape=[3], initializer=tf1.zeros_initializer(),
                     partitioner=tf1.fixed_size_partitioner(2))


class Model(tf.Module):
    def __init__(self):
        super().__init__()
        self.a = tf.Variable([1.0, 2.0], name="conv0_bn/gamma")
        self.b = tf.Variable([3.0], name="normal_A_block_0/adjust_block/adjust_bn_0/beta")
        self.optimizer = tf.Module()
        self.optimizer.step = tf.Variable(5.0, name="adam")


def compare(folder):
    from write_checkpoint import write_checkpoint

    values = {f"cell_{i}/1x1/weights": np.full((1, 1, i % 7 + 1, 3), i, np.float32)
              for i in range(20)}
    values.update(half=np.array([1, 2.5], np.float16), double=np.array([0.5]),
                  global_step=np.int64(77))
    write_checkpoint(folder / "own", values)
    reader = tf.train.load_checkpoint(str(folder / "own"))
    for name, expected in values.items():
        assert (reader.get_tensor(name) == expected).all(), name
    save(lambda: [tf1.get_variable(name, initializer=value) for name, value in values.items()],
         str(folder / "tensorflow"))
    for ending in (".index", ".data-00000-of-00001"):
        own, other = (folder / (name + ending) for name in ("own", "tensorflow"))
        assert own.read_bytes() == other.read_bytes(), ending


if sys.argv[1] == "--compare":
    compare(pathlib.Path(sys.argv[2]))
else:
    save(saver_variables, sys.argv[1] + "/saver")
    tf.train.Checkpoint(model=Model()).write(sys.argv[1] + "/objects")
