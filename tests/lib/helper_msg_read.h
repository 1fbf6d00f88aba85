/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads a save helper's messages as libxl does, for tests of their encoder. */
#ifndef TESTS_HELPER_MSG_READ_H
#define TESTS_HELPER_MSG_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/helper_msg.h"

/*
 * One message out of data, with its length in front. Returns the bytes used,
 * 0 when more are needed, -EINVAL when it is malformed. Texts point into data.
 */
int helper_msg_decode(const uint8_t *data, size_t len,
                      struct xlx_helper_msg *m);
/* Whether libxl answers this message with an int32. */
bool helper_msg_answered(enum xlx_helper_msg_type t);

#endif
