/* SPDX-License-Identifier: LGPL-2.1-only */
/* Turns libxl's error codes into words and negative errnos. */
#include "libxl-ext/xlx_impl.h"

#include <errno.h>

static const struct row {
    int libxl, err;
    const char *text;
} rows[] = {
    { ERROR_NONSPECIFIC, -EIO, "libxl failed and gave no reason" },
    { ERROR_VERSION, -EINVAL, "libxl is of another version" },
    { ERROR_FAIL, -EIO, "libxl failed; its messages say more" },
    { ERROR_NI, -ENOSYS, "this libxl can't do that" },
    { ERROR_NOMEM, -ENOMEM, "there is not enough memory" },
    { ERROR_INVAL, -EINVAL, "libxl calls it invalid" },
    { ERROR_BADFAIL, -EIO, "libxl failed badly" },
    { ERROR_GUEST_TIMEDOUT, -ETIMEDOUT, "the guest did not answer" },
    { ERROR_TIMEDOUT, -ETIMEDOUT, "it took too long" },
    { ERROR_NOPARAVIRT, -ENOTSUP, "the guest has no paravirtual drivers" },
    { ERROR_NOT_READY, -EAGAIN, "it is not ready" },
    { ERROR_OSEVENT_REG_FAIL, -EIO, "an event could not be registered" },
    { ERROR_BUFFERFULL, -EMSGSIZE, "a buffer was too small" },
    { ERROR_UNKNOWN_CHILD, -ECHILD, "an unknown child" },
    { ERROR_LOCK_FAIL, -EBUSY, "the domain's lock could not be had" },
    { ERROR_JSON_CONFIG_EMPTY, -EINVAL, "the configuration is empty" },
    { ERROR_DEVICE_EXISTS, -EEXIST, "a device exists already" },
    { ERROR_DOMAIN_NOTFOUND, -ESRCH, "there is no such domain" },
    { ERROR_ABORTED, -ECANCELED, "it was cancelled" },
    { ERROR_NOTFOUND, -ENOENT, "it was not found" },
    { ERROR_DOMAIN_DESTROYED, -ESRCH, "the domain was destroyed" },
    { ERROR_FEATURE_REMOVED, -ENOSYS, "that is gone from this libxl" },
};

static const struct row *errors_find(int libxl_rc)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].libxl == libxl_rc)
            return &rows[i];
    return NULL;
}

const char *xlx_libxl_text(int libxl_rc)
{
    const struct row *r = errors_find(libxl_rc);

    return r ? r->text : "libxl failed";
}

int xlx_libxl_errno(int libxl_rc)
{
    const struct row *r = errors_find(libxl_rc);

    return r ? r->err : -EIO;
}
