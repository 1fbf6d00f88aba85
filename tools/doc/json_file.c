/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads JSON from a file or the standard input. */
#include "tools/doc/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/base/file.h"
#include "tools/base/msg.h"

int json_file_text(const char *path, size_t most, const char **name_r,
                   char **text_r, size_t *len_r, struct msg *err)
{
    bool in = !strcmp(path, "-");
    int rc;

    *name_r = in ? "standard input" : path;
    *text_r = in ? file_read_fd(STDIN_FILENO, most, len_r)
                 : file_read(path, most, len_r);
    if (*text_r)
        return 0;
    rc = -errno;
    if (rc == -EFBIG) {
        rc = -E2BIG;
        msg_set(err, "%s: more than %zu bytes are too many", *name_r, most);
    } else {
        msg_set(err, "%s: %s", *name_r, strerror(-rc));
    }
    return rc;
}

int json_load(struct json_doc **doc_r, const char *path,
              const struct json_split *splits,
              const struct json_limits *limits, struct msg *err)
{
    const char *name;
    size_t len;
    char *text;
    int rc;

    *doc_r = NULL;
    rc =
        json_file_text(path, json_most_bytes(limits), &name, &text, &len, err);
    if (!rc)
        rc = json_parse(doc_r, name, text, len, splits, limits, err);
    free(text);
    return rc;
}
