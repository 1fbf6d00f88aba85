# SPDX-License-Identifier: LGPL-2.1-only
# What is killed, or loses its power, in the middle of a move: afterwards one
# copy of the guest runs, whole, and nothing is left. A handful of the moments;
# `make check-lab-faults` goes through all of them.
# topology: pair
# limit: 1800
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/faults.sh"

new_guest
broken_move "source prepared after" sender h1
broken_move "source go after" sender h1
broken_move "target accepted after" receiver h2
broken_move "source go after" target h1
broken_move "target done before" sender h2
