/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads data/ and vm-data/ of a guest from xenstore into its configuration. */
#include "libxl-ext/store_data.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

#include "libxl-ext/xlx_impl.h"

static const char *const store_folders[] = { "data", "vm-data" };

struct store_data {
    struct xlx *x;
    uint32_t domid;
    libxl_key_value_list list; /* room for all nodes that may come */
    size_t n, nodes, bytes;
    bool left; /* something had to be left behind */
};

/* --- the list ------------------------------------------------------------------ */

static bool store_is_ours(const char *key)
{
    for (size_t i = 0; i < sizeof store_folders / sizeof *store_folders; i++) {
        size_t len = strlen(store_folders[i]);

        if (!strncmp(key, store_folders[i], len) && key[len] == '/')
            return true;
    }
    return false;
}

/* The pairs that something else has put there, in a list with more room. */
static int store_take_list(struct store_data *s, libxl_key_value_list old)
{
    size_t n = (size_t)libxl_key_value_list_length(&old);

    s->list = calloc(2 * (n + XLX_STORE_NODES) + 1, sizeof *s->list);
    if (!s->list)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        if (store_is_ours(old[2 * i])) {
            free(old[2 * i]);
            free(old[2 * i + 1]);
            continue;
        }
        s->list[2 * s->n] = old[2 * i];
        s->list[2 * s->n++ + 1] = old[2 * i + 1];
    }
    free(old);
    return 0;
}

/* Plain text: JSON, and whoever reads it, must be able to take it. */
static bool store_is_text(const char *value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)value[i];

        if ((c < ' ' && c != '\n' && c != '\t') || c >= 0x7f)
            return false;
    }
    return true;
}

static int store_add(struct store_data *s, const char *key, const char *value,
                     size_t len)
{
    char *k, *v;

    if (s->bytes + strlen(key) + len > XLX_STORE_BYTES ||
        !store_is_text(value, len)) {
        s->left = true;
        return 0;
    }
    k = strdup(key);
    v = strndup(value, len);
    if (!k || !v) {
        free(k);
        free(v);
        return -ENOMEM;
    }
    s->bytes += strlen(key) + len;
    s->list[2 * s->n] = k;
    s->list[2 * s->n++ + 1] = v;
    return 0;
}

/* --- the tree ------------------------------------------------------------------ */

static int store_walk(struct store_data *s, const char *key, unsigned depth);

static int store_walk_folder(struct store_data *s, const char *key,
                             char **names, unsigned n, unsigned depth)
{
    char child[XLX_STORE_KEY];
    int rc = 0;

    for (unsigned i = 0; i < n && !rc; i++) {
        int len = snprintf(child, sizeof child, "%s/%s", key, names[i]);

        if (depth >= XLX_STORE_DEPTH || s->nodes >= XLX_STORE_NODES ||
            len >= (int)sizeof child) {
            s->left = true;
            continue;
        }
        s->nodes++;
        rc = store_walk(s, child, depth + 1);
    }
    return rc;
}

/* A node that is gone by now is none. */
static int store_walk(struct store_data *s, const char *key, unsigned depth)
{
    char path[XLX_STORE_KEY + 40], **names, *value;
    unsigned n = 0, len = 0;
    int rc = 0;

    snprintf(path, sizeof path, "/local/domain/%" PRIu32 "/%s", s->domid, key);
    names = xs_directory(s->x->xsh, XBT_NULL, path, &n);
    value = depth ? xs_read(s->x->xsh, XBT_NULL, path, &len) : NULL;
    if (value && (len || !n))
        rc = store_add(s, key, value, len);
    if (names && !rc)
        rc = store_walk_folder(s, key, names, n, depth);
    free(value);
    free(names);
    return rc;
}

int xlx_store_data(struct xlx *x, uint32_t domid, bool take,
                   libxl_domain_config *c)
{
    struct store_data s = { .x = x, .domid = domid };
    libxl_key_value_list old = c->c_info.xsdata;
    int rc;

    if (!take && !old)
        return 0;
    rc = store_take_list(&s, old);
    if (rc)
        return rc;
    c->c_info.xsdata = s.list;
    for (size_t i = 0; i < sizeof store_folders / sizeof *store_folders; i++)
        if (take && !rc)
            rc = store_walk(&s, store_folders[i], 0);
    if (s.left)
        xtl_log(x->lg, XTL_WARN, -1, "rackhop",
                "not all of data/ and vm-data/ of domain %" PRIu32 " in "
                "xenstore can go with it: at most %d nodes and %d bytes of "
                "plain text do",
                domid, XLX_STORE_NODES, XLX_STORE_BYTES);
    return rc;
}
