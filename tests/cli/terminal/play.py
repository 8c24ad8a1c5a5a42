"""Runs a program in a pseudo-terminal and prints, as JSON, what a terminal would have shown.

play.py COLUMNSxROWS PROGRAM [ARGUMENT...] -- STEP...

Steps: `wait TEXT` until it is on the screen; `gone TEXT` until it is not; `resize COLUMNSxROWS`;
`screen` notes the screen; `key TEXT`; `signal NUMBER`; `end` waits for the end; `run COMMAND`.
"""
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

import pyte

PATIENCE = 60  # seconds for each step


class Terminal:
    def __init__(self, columns, rows, command):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.master, self.slave = pty.openpty()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            command, stdin=self.slave, stdout=self.slave, stderr=self.slave,
            preexec_fn=self.own_terminal)

    def own_terminal(self):
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def resize(self, columns, rows):
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        """Takes what is there; False where nothing came."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        piece = os.read(self.master, 65536)
        self.raw += piece
        self.stream.feed(piece)
        return True

    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def wait(self, ready):
        end = time.monotonic() + PATIENCE
        while not ready():
            self.read(0.05)
            if time.monotonic() > end:
                raise SystemExit("waited in vain; the screen: " + "\n".join(self.lines()))

    def settle(self):
        """Until nothing has come for a while."""
        while self.read(0.5):
            pass


def size(text):
    return [int(number) for number in text.split("x")]


def main():
    words = sys.argv[1:]
    split = len(words) - 1 - words[::-1].index("--")
    terminal = Terminal(*size(words[0]), words[1:split])
    screens = []
    for step in words[split + 1:]:
        verb, _, rest = step.partition(" ")
        if verb == "wait":
            terminal.wait(lambda: any(rest in line for line in terminal.lines()))
        elif verb == "gone":
            terminal.wait(lambda: not any(rest in line for line in terminal.lines()))
        elif verb == "resize":
            terminal.resize(*size(rest))
            terminal.settle()
        elif verb == "screen":
            terminal.settle()
            screens.append(terminal.lines())
        elif verb == "key":
            os.write(terminal.master, rest.encode().decode("unicode_escape").encode())
        elif verb == "signal":
            os.kill(terminal.process.pid, int(rest))
        elif verb == "run":
            subprocess.run(rest, shell=True, check=True)
        elif verb == "end":
            terminal.wait(lambda: terminal.process.poll() is not None)
            terminal.settle()
    running = terminal.process.poll() is None
    if running:
        terminal.process.send_signal(signal.SIGKILL)
    raw = terminal.raw
    print(json.dumps({
        "screens": screens,
        "running": running,
        "status": terminal.process.wait(),
        "entered": raw.count(b"\x1b[?1049h"),
        "left": raw.rfind(b"\x1b[?1049l") > raw.rfind(b"\x1b[?1049h"),
        "cursor": raw.rfind(b"\x1b[?25h") > raw.rfind(b"\x1b[?25l"),
        "settings": termios.tcgetattr(terminal.slave) == terminal.before,
        "colours": b"\x1b[36m" in raw or b"\x1b[33m" in raw,
        "bytes": len(raw),
    }))


main()
