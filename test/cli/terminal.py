"""Runs a program on a terminal, presses keys as what they answer to appears, and copies what it draws."""

import os
import pty
import select
import struct
import fcntl
import sys
import termios
import time

KEYS = [(b"by lost", b"s"), (b"by queue", b"/sl"), (b'"sl_"', b"\r"), (b'"sl"', b"q")]

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 160, 0, 0))
before = termios.tcgetattr(terminal)
drawn = b""
seen = 0
give_up = time.monotonic() + 25
while time.monotonic() < give_up:
    ready, _, _ = select.select([terminal], [], [], 1)
    if not ready:
        continue
    try:
        chunk = os.read(terminal, 65536)
    except OSError:
        break
    if not chunk:
        break
    drawn += chunk
    if KEYS and KEYS[0][0] in drawn[seen:]:
        seen = len(drawn)
        os.write(terminal, KEYS.pop(0)[1])
_, status = os.waitpid(pid, 0) if not KEYS else (os.kill(pid, 9), 1)
after = termios.tcgetattr(terminal)
sys.stdout.buffer.write(drawn)
sys.stdout.flush()
sys.exit(1 if status != 0 or after[3] != before[3] else 0)
