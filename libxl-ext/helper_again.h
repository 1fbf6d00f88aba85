/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Which pages of a round are dirty again before they were sent, by looks at
 * Xen's log-dirty bitmap that leave it as it is (PEEK). Such a page need not go
 * in this round, because libxc sends it later in any case (xg_sr_save.c, the
 * same from Xen 4.17 to 4.20):
 *
 *   - Only CLEAN takes bits away. libxc cleans the bitmap before each round but
 *     the first, and then sends what it had: send_memory_live().
 *   - So a bit that is seen in a round, after the CLEAN that the round began
 *     with, is still there at the next one. That is the one of another round,
 *     or, when the policy stops after this round, the one that
 *     suspend_and_send_dirty() begins with, whose pages are all sent while the
 *     guest is suspended.
 *   - What was seen before a CLEAN says nothing after it.
 *   - After the suspend no CLEAN comes any more: all pages go.
 *
 * Hence a look counts between libxc's question to the policy before a round and
 * the one after it, and is forgotten then. The first round is sent whole, so
 * that the target host can make its pieces of 2 MiB of it.
 *
 * A page is never left out twice in a row: what a round's pages cost is what
 * the policy expects of the last copy, and must be seen; and rounds without
 * pages would be over before a busy guest has had the time to calm down.
 *
 * Xen pauses the guest while it copies the bitmap (paging_log_dirty_op()): some
 * microseconds for each 128 MiB. A look is had every 50 ms at most, and then so
 * seldom that they take a hundredth of the guest's time. Of a guest's pages only
 * those below 256 GiB are looked at.
 */
#ifndef XLX_HELPER_AGAIN_H
#define XLX_HELPER_AGAIN_H

#include <stdbool.h>
#include <stdint.h>

#include <xenctrl.h>

#include "libxl-ext/wire/record_enc.h"

struct again;

/* NULL: no memory, or Xen does not say how many pages the guest has. */
struct again *xlx_again_new(xc_interface *xch, uint32_t domid);
void xlx_again_free(struct again *a);
/* What was seen is forgotten. `live`: a round after the first begins, so that
 * pages may be left out. */
void xlx_again_round(struct again *a, bool live);
/* For the encoder, as long as it lives. */
struct record_enc_again xlx_again_pages(struct again *a);

#endif
