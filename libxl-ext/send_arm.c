/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Tells a target host that arms guests what that takes: the parameters of the
 * guest's domain, which libxc would send at the end, and its CPU state as it is
 * now. To read that, Xen pauses the guest for some milliseconds at most.
 */
#include "libxl-ext/send_impl.h"

#include <errno.h>
#include <stdlib.h>

#include <xen/hvm/params.h>

#include "libxl-ext/hvm_context.h"

/* Those that libxc sends: tools/libs/guest/xg_sr_save_x86_hvm.c, the same from
 * Xen 4.17 to 4.20. The target host compares them with what libxc sends in the
 * end. */
static int arm_params(struct sender *m, struct word_arm *a)
{
    static const uint32_t list[] = {
        HVM_PARAM_STORE_PFN,
        HVM_PARAM_IOREQ_PFN,
        HVM_PARAM_BUFIOREQ_PFN,
        HVM_PARAM_PAGING_RING_PFN,
        HVM_PARAM_MONITOR_RING_PFN,
        HVM_PARAM_SHARING_RING_PFN,
        HVM_PARAM_VM86_TSS_SIZED,
        HVM_PARAM_CONSOLE_PFN,
        HVM_PARAM_ACPI_IOPORTS_LOCATION,
        HVM_PARAM_VIRIDIAN,
        HVM_PARAM_IDENT_PT,
        HVM_PARAM_VM_GENERATION_ID_ADDR,
        HVM_PARAM_IOREQ_SERVER_PFN,
        HVM_PARAM_NR_IOREQ_SERVER_PAGES,
        HVM_PARAM_X87_FIP_WIDTH,
        HVM_PARAM_MCA_CAP,
    };
    _Static_assert(sizeof list / sizeof list[0] <= WORD_PARAMS, "@arm");

    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        uint64_t v = 0;

        if (xc_hvm_param_get(m->s->x->xch, m->s->dom->domid, list[i], &v))
            return -errno;
        if (v)
            a->param[a->n++] = (struct word_param){ list[i], v };
    }
    return 0;
}

static int arm_context(struct sender *m, struct word_arm *a)
{
    xc_interface *xch = m->s->x->xch;
    uint32_t domid = m->s->dom->domid;
    int n = xc_domain_hvm_getcontext(xch, domid, NULL, 0);

    if (n <= 0 || n > HVM_CONTEXT_MAX)
        return -EINVAL;
    m->context = malloc((size_t)n);
    if (!m->context)
        return -ENOMEM;
    n = xc_domain_hvm_getcontext(xch, domid, m->context, (uint32_t)n);
    if (n <= 0 || !hvm_context_ok(m->context, (size_t)n))
        return -EINVAL;
    a->context = (uint32_t)n;
    return 0;
}

size_t xlx_send_arm(struct sender *m, char line[WORD_LINE])
{
    struct word_arm a = { .n = 0 };
    size_t n = 0;

    m->context_len = 0;
    if (!m->s->arm || m->s->dom->type != XLX_PVH)
        return 0;
    if (!arm_params(m, &a) && !arm_context(m, &a) &&
        !hvm_context_reads_memory(m->context, a.context))
        n = word_arm_format(&a, line);
    if (n)
        m->context_len = a.context;
    else
        xtl_log(m->s->x->lg, XTL_INFO, -1, "rackhop",
                "the target host builds the guest when all of it is there: "
                "its CPU state can't be loaded before");
    return n;
}
