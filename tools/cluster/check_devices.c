/* SPDX-License-Identifier: LGPL-2.1-only */
/* Compares hosts' classes of devices: guests that change theirs can't go where
 * there are none of the class. */
#include "tools/cluster/check_impl.h"

#include <string.h>

static const struct json *classes_of(const struct check_row *r)
{
    return r->facts ? json_get(json_get(json_root(r->facts), "host"),
                               "device_classes")
                    : NULL;
}

/* The host's entry of that class, or NULL. */
static const struct json *class_in(const struct check_row *r, const char *name)
{
    JSON_FOREACH(v, classes_of(r))
        if (!strcmp(json_get_str(v, "class", ""), name))
            return v;
    return NULL;
}

static bool class_has(const struct json *v)
{
    return json_get_num(v, "devices", 0) > 0;
}

static bool class_of_cards(const struct json *v)
{
    return json_get_bool(v, "card", false);
}

/* Neither can take the other's place. */
static int add_other_kind(struct check *k, struct check_row *r, size_t who,
                          const char *name, bool cards)
{
    return check_add(r, "devices", true,
                     "give both the same pci_class in their rackhop.conf",
                     "its class %s is one of %s, and that of %s one of %s",
                     name, cards ? "whole cards" : "VFs", k->row[who].name,
                     cards ? "VFs" : "whole cards");
}

/* Each row without a device of the class, of which `who` is the first. */
static int compare_class(struct check *k, size_t who, const char *name)
{
    bool cards = class_of_cards(class_in(&k->row[who], name));
    int rc = 0;

    for (size_t i = 0; i < k->hosts && !rc; i++) {
        const struct json *v = class_in(&k->row[i], name);

        if (v && class_of_cards(v) != cards) {
            rc = add_other_kind(k, &k->row[i], who, name, !cards);
            continue;
        }
        if (!k->row[i].facts || (v && class_has(v)))
            continue;
        rc = check_add(&k->row[i], "devices", true,
                       v ? "see that its Xen uses an IOMMU, make VFs there, "
                           "give them to pciback, and see where its port "
                           "leads: rackhop-devices(7)"
                         : "give it the same pci_class in its rackhop.conf",
                       v ? "it has no device of the class %s, of which %s "
                           "has some"
                         : "its configuration has no class %s, which that of "
                           "%s has",
                       name, k->row[who].name);
    }
    return rc;
}

int check_compare_devices(struct check *k)
{
    int rc = 0;

    for (size_t i = 0; i < k->hosts && !rc; i++) {
        const struct json *classes = classes_of(&k->row[i]);

        JSON_FOREACH(v, classes) {
            const char *name = json_get_str(v, "class", "");
            bool seen = rc || !class_has(v);

            for (size_t b = 0; b < i && !seen; b++) {
                const struct json *other = class_in(&k->row[b], name);

                seen = other && class_has(other);
            }
            if (!seen)
                rc = compare_class(k, i, name);
        }
    }
    return rc;
}
