/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads what `ovs-appctl dpctl/dump-flows --names` prints of the flows of Open
 * vSwitch's datapaths: by which port frames come in, from whom to whom, and how
 * many bytes they had.
 */
#ifndef RACKHOP_DOC_OVS_H
#define RACKHOP_DOC_OVS_H

#include <stddef.h>
#include <stdint.h>

enum { OVS_BYTES = 8 << 20 }; /* of its output, at most */

struct ovs_flow {
    char port[16];
    uint64_t from, to; /* MAC addresses: tools/base/mac.h */
    /* through the tables: frames come again in another, after connection
     * tracking say */
    uint64_t pass;
    /* of all that it matches: two flows of the same addresses differ in it */
    uint64_t key;
    uint64_t bytes;
};

/*
 * The flows that match one address of either side in full, in the order that
 * they were printed. *flow_r is to be freed. 0; -EINVAL: these are no flows; or
 * -ENOMEM.
 */
int ovs_flows(struct ovs_flow **flow_r, size_t *n_r, const char *text,
              size_t len);

#endif
