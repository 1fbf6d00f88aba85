/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads libxc's records for the placer, and ends with a guest that would run. */
#include "libxl-ext/helper_place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/hvm_context.h"
#include "libxl-ext/wire/libxc.h"
#include "libxl-ext/wire/pfn_list.h"

struct record {
    uint32_t type, length;
};

static int place_spoilt(struct place *p, const char *what)
{
    msg_set(&p->why, "the source host's stream can't be read: %s", what);
    return -EPROTO;
}

/* --- one function a record ------------------------------------------------------ */

static int place_page_data(struct place *p, uint32_t len)
{
    const uint8_t *b = p->body;
    uint64_t elements[FRAME_RECORD];
    uint32_t n;
    size_t data = 0;

    if (len < 8)
        return place_spoilt(p, "a record of pages is too short");
    memcpy(&n, b, sizeof n);
    if (!n || n > FRAME_RECORD || len < 8 + 8 * n)
        return place_spoilt(p, "a record of pages has a wrong number of them");
    memcpy(elements, b + 8, 8 * (size_t)n);
    for (uint32_t i = 0; i < n; i++)
        data += pfn_has_data(elements[i]);
    if (len != 8 + 8 * n + FRAME_PAGE * data)
        return place_spoilt(p, "a record of pages has a wrong length");
    return xlx_place_pages(p, elements, n, b + 8 + 8 * (size_t)n);
}

static int place_tsc(struct place *p, uint32_t len)
{
    struct {
        uint32_t mode, khz;
        uint64_t nsec;
        uint32_t incarnation, zero;
    } t;

    if (len != sizeof t)
        return place_spoilt(p, "the record of its clock has a wrong length");
    memcpy(&t, p->body, sizeof t);
    if (!xc_domain_set_tsc_info(p->xch, p->domid, t.mode, t.nsec, t.khz,
                                t.incarnation))
        return 0;
    msg_set(&p->why, "Xen refuses the settings of the guest's clock (%s)",
            strerror(errno));
    return -EINVAL;
}

static int place_context(struct place *p, uint32_t len)
{
    if (!hvm_context_ok(p->body, len))
        return place_spoilt(p, "the guest's CPU state is malformed");
    free(p->context);
    p->context = malloc(len);
    if (!p->context) {
        msg_set(&p->why, "out of memory");
        return -ENOMEM;
    }
    memcpy(p->context, p->body, len);
    p->context_len = len;
    return 0;
}

/* What the domain was armed with must be what the guest has in the end. */
static int place_params(struct place *p, uint32_t len)
{
    uint32_t n;

    if (len < 8)
        return place_spoilt(p, "its parameters are cut short");
    memcpy(&n, p->body, sizeof n);
    if (n > WORD_PARAMS || len != 8 + 16 * n)
        return place_spoilt(p, "its parameters have a wrong length");
    for (uint32_t i = 0; i < n; i++) {
        uint64_t w[2], now = 0;

        memcpy(w, p->body + 8 + 16 * (size_t)i, sizeof w);
        if (w[0] > UINT32_MAX ||
            xc_hvm_param_get(p->xch, p->domid, (uint32_t)w[0], &now) ||
            now != w[1]) {
            msg_set(&p->why,
                    "the guest's parameters changed while it moved; another "
                    "try may go well, and with arm = \"no\" it will");
            return -EAGAIN;
        }
    }
    p->params_seen = true;
    return 0;
}

static int place_record(struct place *p, const struct record *r)
{
    switch (r->type) {
    case LIBXC_PAGE_DATA: return place_page_data(p, r->length);
    case LIBXC_TSC_INFO: return place_tsc(p, r->length);
    case LIBXC_HVM_CONTEXT: return place_context(p, r->length);
    case LIBXC_HVM_PARAMS: return place_params(p, r->length);
    case LIBXC_VERIFY: p->verify = true; return 0;
    }
    return r->type & LIBXC_OPTIONAL
               ? 0
               : place_spoilt(p, "it has a record that is not known");
}

/* --- all of them ------------------------------------------------------------------- */

static int place_read(struct place *p, void *buf, size_t n)
{
    int rc = p->read(p->arg, buf, n);

    if (rc == -EPIPE)
        msg_set(&p->why, "the source host's stream ended too early");
    else if (rc && !*p->why.text)
        msg_set(&p->why,
                "the guest's memory did not arrive as it was sent (%s); if "
                "another try fails, set codec = \"off\" on either host",
                strerror(-rc));
    return rc;
}

static int place_next(struct place *p, struct record *r)
{
    int rc = place_read(p, r, sizeof *r);

    if (rc)
        return rc;
    if (r->length > PLACE_RECORD)
        return place_spoilt(p, "a record is too long");
    rc = place_read(p, p->body, (r->length + 7) & ~7u);
    if (rc || r->type == LIBXC_END)
        return rc;
    return place_record(p, r);
}

int xlx_place_fence(xc_interface *xch, uint32_t domid, const uint8_t *context,
                    size_t len, struct msg *why)
{
    uint8_t fence[HVM_CONTEXT_FENCE];
    size_t n = hvm_context_fence(context, len, fence);
    xc_domaininfo_t info;
    xc_vcpuinfo_t v;

    if (!n || xc_domain_hvm_setcontext(xch, domid, fence, (uint32_t)n) ||
        xc_vcpu_getinfo(xch, domid, 0, &v) || v.online) {
        msg_set(why, "Xen does not put the guest's CPUs down; `rackhop "
                     "migrate --no-arm` does without");
        return -EINVAL;
    }
    if (xc_domain_getinfolist(xch, domid, 1, &info) == 1 &&
        info.domain == domid &&
        !(info.flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying)))
        return 0;
    msg_set(why, "Xen ended the guest's copy when it got its CPU state; "
                 "`rackhop migrate --no-arm` may go well");
    return -EINVAL;
}

static int place_load(struct place *p)
{
    if (!xc_domain_hvm_setcontext(p->xch, p->domid, p->context,
                                  p->context_len))
        return xlx_place_fence(p->xch, p->domid, p->context, p->context_len,
                               &p->why);
    msg_set(&p->why, "Xen refuses the guest's CPU state (%s)",
            strerror(errno));
    return -EINVAL;
}

/* What could not be put down stays paused. */
static int place_check(struct place *p)
{
    int rc;

    if (!p->context || !p->params_seen)
        return place_spoilt(p, "it has no CPU state");
    if (xc_domain_pause(p->xch, p->domid)) {
        msg_set(&p->why, "Xen does not pause the guest's domain (%s)",
                strerror(errno));
        return -EIO;
    }
    rc = place_load(p);
    if (!rc && xc_domain_unpause(p->xch, p->domid)) {
        msg_set(&p->why, "Xen does not take its pause back (%s)",
                strerror(errno));
        rc = -EIO;
    }
    return rc;
}

int xlx_place_run(struct place *p)
{
    struct record r = { .type = LIBXC_VERIFY };
    int rc = xlx_place_memory_begin(p);

    p->body = malloc(PLACE_RECORD + 8);
    if (!rc && !p->body) {
        msg_set(&p->why, "out of memory");
        rc = -ENOMEM;
    }
    while (!rc && r.type != LIBXC_END)
        rc = place_next(p, &r);
    return rc ? rc : place_check(p);
}

void xlx_place_dispose(struct place *p)
{
    free(p->context);
    free(p->populated);
    free(p->body);
    p->context = p->populated = p->body = NULL;
}
