/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads any bytes as a record of devices, a claim, a list, a class of the
 * configuration, and what ip tells of a VF. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/devicerecord.h"
#include "tools/doc/vfinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read is written, and read again as it was. */
static void again(const struct device_list *l)
{
    char *text = device_list_format(l);
    struct device_list same;
    struct msg err;

    if (!text || device_list_parse(&same, "again", text, &err) ||
        memcmp(&same, l, sizeof same) != 0)
        abort();
    free(text);
}

static void read_class(const char *text)
{
    struct class_rows rows = { .row = NULL }, same = { .row = NULL };

    if (!class_rows_add(&rows, text)) {
        char *out = class_row_text(&rows.row[0]);

        if (!out || class_rows_add(&same, out) ||
            memcmp(&same.row[0], &rows.row[0], sizeof rows.row[0]) != 0)
            abort();
        free(out);
    }
    class_rows_dispose(&rows);
    class_rows_dispose(&same);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct device_record r;
    struct device_claim c;
    struct device_list l;
    struct vfinfo info;
    struct msg err;

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (!device_record_parse(&r, "fuzz", text, &err) && r.state == DM_NONE)
        abort();
    if (!device_claim_parse(&c, "fuzz", text, &err) && c.state == CLAIM_NONE)
        abort();
    if (!device_list_parse(&l, "fuzz", text, &err))
        again(&l);
    if (!vfinfo_parse(text, size, 0, &info, &err) &&
        (!device_mac_ok(info.mac) || info.vlan > DEVICE_VLAN_MOST))
        abort();
    read_class(text);
    free(text);
    return 0;
}
