/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the MAC address and the VLAN of a VF out of what ip tells in JSON. */
#include "tools/doc/vfinfo.h"

#include <errno.h>
#include <string.h>

#include "tools/doc/devicerecord.h"

static const struct json *find_vf(const struct json *root, unsigned vf)
{
    JSON_FOREACH(port, root)
        JSON_FOREACH(v, json_get(port, "vfinfo_list"))
            if (json_get_num(v, "vf", -1) == vf)
                return v;
    return NULL;
}

/* ip of before 5.0 calls it "mac". */
static const char *mac_of(const struct json *v)
{
    return json_get_str(v, "address", json_get_str(v, "mac", ""));
}

/* A VLAN alone, or the first of a list, whose others are inside it. */
static int vlan_of(const struct json *v, unsigned *vlan)
{
    const struct json *list = json_get(v, "vlan_list");
    int64_t n;

    if (list && list->type == JSON_ARR && list->child)
        v = list->child;
    if (json_copy_int(v, "vlan", 0, DEVICE_VLAN_MOST, 0, &n) ||
        (list && list->len > 1))
        return -EINVAL;
    *vlan = (unsigned)n;
    return 0;
}

int vfinfo_parse(const char *text, size_t len, unsigned vf,
                 struct vfinfo *info, struct msg *err)
{
    static const struct json_limits limits = { .bytes = 4 << 20,
                                               .depth = 16,
                                               .values = 200000 };
    struct json_doc *doc = NULL;
    const struct json *v;
    int rc = json_parse(&doc, "what ip says", text, len, NULL, &limits, err);

    if (rc)
        return rc;
    v = find_vf(json_root(doc), vf);
    if (!v || !device_mac_ok(mac_of(v)) || vlan_of(v, &info->vlan)) {
        msg_set(err, "ip tells no MAC address and VLAN of VF %u", vf);
        rc = -EINVAL;
    } else {
        strcpy(info->mac, mac_of(v));
    }
    json_free(doc);
    return rc;
}
