/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Devices taken and given by a libxl that is a few lists: which call is made,
 * with what, and that nothing is done which is done already.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libxl-ext/device.h"
#include "libxl-ext/xlx_impl.h"

/* --- libxl ------------------------------------------------------------------- */

static libxl_device_pci pci[4];
static int pcis, nics, fails, calls;
static libxl_device_nic nic[4];
static char said[512];
static const int *late; /* what calls say before one takes the device */
static int forced;

/* What libxl gives is freed by libxl's own functions: it has to be a copy. */
libxl_device_pci *libxl_device_pci_list(libxl_ctx *ctx, uint32_t domid, int *n)
{
    libxl_device_pci *list = calloc(pcis + 1, sizeof *list);

    memcpy(list, pci, pcis * sizeof *list);
    *n = pcis;
    return list;
}

void libxl_device_pci_list_free(libxl_device_pci *list, int n)
{
    free(list);
}

int libxl_device_pci_remove(libxl_ctx *ctx, uint32_t domid,
                            libxl_device_pci *p, const libxl_asyncop_how *how)
{
    calls++;
    snprintf(said, sizeof said, "remove %02x:%02x.%x of %u, vdevfn %x", p->bus,
             p->dev, p->func, domid, p->vdevfn);
    if (fails)
        return fails;
    if (late && *late)
        return *late++;
    for (int i = 0; i < pcis; i++)
        if (pci[i].bus == p->bus && pci[i].dev == p->dev &&
            pci[i].func == p->func)
            pci[i] = pci[--pcis];
    return 0;
}

/* By force. */
int libxl_device_pci_destroy(libxl_ctx *ctx, uint32_t domid,
                             libxl_device_pci *p, const libxl_asyncop_how *how)
{
    forced++;
    pcis = 0;
    return 0;
}

static int physinfo; /* 0: an IOMMU, 1: none, < 0: nothing is reported */

int libxl_get_physinfo(libxl_ctx *ctx, libxl_physinfo *p)
{
    p->cap_hvm_directio = !physinfo;
    return physinfo < 0 ? ERROR_FAIL : 0;
}

int libxl_device_pci_add(libxl_ctx *ctx, uint32_t domid, libxl_device_pci *p,
                         const libxl_asyncop_how *how)
{
    calls++;
    snprintf(said, sizeof said, "add %02x:%02x.%x to %u", p->bus, p->dev,
             p->func, domid);
    if (!fails)
        pci[pcis++] = *p;
    return fails;
}

/* libxl's own keeps what it copies in a context that is none here. */
void libxl_device_nic_copy(libxl_ctx *ctx, libxl_device_nic *to,
                           const libxl_device_nic *from)
{
    *to = *from;
    to->bridge = from->bridge ? strdup(from->bridge) : NULL;
}

int libxl_device_nic_from_json(libxl_ctx *ctx, libxl_device_nic *to,
                               const char *json)
{
    char bridge[32];

    if (sscanf(json, "{\"devid\": %d, \"bridge\": \"%31[^\"]\"}", &to->devid,
               bridge) != 2)
        return ERROR_INVAL;
    to->bridge = strdup(bridge);
    return 0;
}

libxl_device_nic *libxl_device_nic_list(libxl_ctx *ctx, uint32_t domid, int *n)
{
    libxl_device_nic *list = calloc(nics + 1, sizeof *list);

    for (int i = 0; i < nics; i++)
        libxl_device_nic_copy(ctx, &list[i], &nic[i]);
    *n = nics;
    return list;
}

void libxl_device_nic_list_free(libxl_device_nic *list, int n)
{
    for (int i = 0; i < n; i++)
        libxl_device_nic_dispose(&list[i]);
    free(list);
}

int libxl_device_nic_remove(libxl_ctx *ctx, uint32_t domid,
                            libxl_device_nic *k, const libxl_asyncop_how *how)
{
    calls++;
    snprintf(said, sizeof said, "remove vif %d of %u", k->devid, domid);
    if (fails)
        return fails;
    for (int i = 0; i < nics; i++)
        if (nic[i].devid == k->devid) {
            libxl_device_nic_dispose(&nic[i]);
            nic[i] = nic[--nics];
        }
    return 0;
}

int libxl_device_nic_add(libxl_ctx *ctx, uint32_t domid, libxl_device_nic *k,
                         const libxl_asyncop_how *how)
{
    calls++;
    snprintf(said, sizeof said, "add vif %d to %u, bridge %s", k->devid, domid,
             k->bridge);
    if (!fails)
        libxl_device_nic_copy(ctx, &nic[nics++], k);
    return fails;
}

static libxl_ctx *ctx;
static struct xlx x;
static struct msg err;

static int setup(void **state)
{
    ctx = calloc(1, 4096); /* what it copies needs no more */
    x.ctx = ctx;
    pcis = nics = fails = calls = forced = 0;
    late = NULL;
    libxl_device_pci_init(&pci[0]);
    pci[0].bus = 3;
    pci[0].dev = 0x10;
    pci[0].func = 2;
    pci[0].vdevfn = 0x28;
    pcis = 1;
    for (int i = 0; i < 2; i++) {
        libxl_device_nic_init(&nic[i]);
        nic[i].devid = i;
        nic[i].bridge = strdup("xenbr0");
        memcpy(nic[i].mac, "\0\x16\x3e\x01\x02\x03", 6);
    }
    nics = 2;
    *said = '\0';
    return 0;
}

static int teardown(void **state)
{
    for (int i = 0; i < nics; i++)
        libxl_device_nic_dispose(&nic[i]);
    free(ctx);
    return 0;
}

/* --- the calls --------------------------------------------------------------- */

static void pci_devices(void **state)
{
    const struct xlx_device d = { .pci = "0000:03:10.2" },
                            other = { .pci = "0000:03:10.4" },
                            none = { .pci = "x" };

    assert_int_equal(xlx_device_has(&x, 7, &d, &err), 1);
    assert_int_equal(xlx_device_has(&x, 7, &other, &err), 0);
    assert_int_equal(xlx_device_has(&x, 7, &none, &err), -EINVAL);
    assert_int_equal(xlx_device_give(&x, 7, &d, &err), 0);
    assert_int_equal(xlx_device_take(&x, 7, &other, &err), 0);
    assert_int_equal(calls, 0); /* it is so already */
    assert_int_equal(xlx_device_take(&x, 7, &d, &err), 0);
    /* with all that libxl knows of it */
    assert_string_equal(said, "remove 03:10.2 of 7, vdevfn 28");
    assert_int_equal(xlx_device_has(&x, 7, &d, &err), 0);
    assert_int_equal(xlx_device_give(&x, 7, &d, &err), 0);
    assert_string_equal(said, "add 03:10.2 to 7");
    assert_int_equal(calls, 2);
    fails = ERROR_GUEST_TIMEDOUT;
    assert_int_not_equal(xlx_device_take(&x, 7, &d, &err), 0);
    assert_non_null(strstr(err.text, "can't take PCI device 0000:03:10.2"));
    assert_int_not_equal(xlx_device_give(&x, 7, &none, &err), 0);
}

static void vifs(void **state)
{
    struct xlx_device d = { .vif = 1 };
    char json[512], mac[18];

    assert_int_equal(
        xlx_device_read_vif(&x, 7, 1, json, sizeof json, mac, &err), 0);
    assert_string_equal(mac, "00:16:3e:01:02:03");
    assert_non_null(strstr(json, "xenbr0"));
    assert_int_equal(
        xlx_device_read_vif(&x, 7, 2, json, sizeof json, mac, &err), -ENOENT);
    assert_int_equal(xlx_device_vifs_of(&x, 7, mac), 3);
    assert_int_equal(xlx_device_vifs_of(&x, 7, "00:16:3e:01:02:04"), 0);
    d.nic = "{\"devid\": 9, \"bridge\": \"br7\"}";
    assert_int_equal(xlx_device_give(&x, 7, &d, &err), 0);
    assert_int_equal(calls, 0);
    assert_int_equal(xlx_device_take(&x, 7, &d, &err), 0);
    assert_string_equal(said, "remove vif 1 of 7");
    assert_int_equal(xlx_device_take(&x, 7, &d, &err), 0);
    assert_int_equal(calls, 1);
    assert_int_equal(xlx_device_has(&x, 7, &d, &err), 0);
    assert_int_equal(xlx_device_give(&x, 7, &d, &err), 0);
    /* its number is that of the class, whatever the other host's was */
    assert_string_equal(said, "add vif 1 to 7, bridge br7");
    fails = ERROR_TIMEDOUT;
    assert_int_not_equal(xlx_device_take(&x, 7, &d, &err), 0);
    assert_non_null(strstr(err.text, "can't take vif 1"));
    d.vif = 2;
    d.nic = "{";
    calls = 0;
    assert_int_not_equal(xlx_device_give(&x, 7, &d, &err), 0);
    assert_int_equal(calls, 0);
}

static void too_long(void **state)
{
    char json[16], mac[18];

    assert_int_equal(
        xlx_device_read_vif(&x, 7, 0, json, sizeof json, mac, &err), -E2BIG);
}

/* A host that can give none is found before a guest comes to it. */
static void no_iommu(void **state)
{
    physinfo = 0;
    assert_int_equal(xlx_device_can_give(&x, &err), 0);
    physinfo = 1;
    assert_int_equal(xlx_device_can_give(&x, &err), -ENODEV);
    assert_non_null(strstr(err.text, "uses no IOMMU"));
    physinfo = -1;
    assert_int_equal(xlx_device_can_give(&x, &err), -EIO);
    physinfo = 0;
}

/* A guest may need longer than libxl waits. */
static void pci_goes_late(void **state)
{
    static const struct xlx_device d = { .pci = "0000:03:10.2" };
    static const struct {
        int late[5]; /* ends with 0: it is taken */
        int calls, forced, end;
    } rows[] = {
        { { ERROR_TIMEDOUT }, 2, 0, 0 },
        { { ERROR_TIMEDOUT, ERROR_QMP_GENERIC_ERROR, ERROR_TIMEDOUT },
          4,
          0,
          0 },
        { { ERROR_TIMEDOUT, ERROR_QMP_DEVICE_NOT_FOUND }, 2, 1, 0 },
        /* an earlier call, or xl, gave up too early */
        { { ERROR_QMP_DEVICE_NOT_FOUND }, 1, 1, 0 },
        /* QEMU may refuse for other reasons, too */
        { { ERROR_QMP_GENERIC_ERROR }, 1, 0, -EIO },
        { { ERROR_TIMEDOUT, ERROR_FAIL }, 2, 0, -EIO },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        late = rows[i].late;
        assert_int_equal(xlx_device_take(&x, 7, &d, &err), rows[i].end);
        assert_int_equal(calls, rows[i].calls);
        assert_int_equal(forced, rows[i].forced);
        assert_int_equal(xlx_device_has(&x, 7, &d, &err), rows[i].end != 0);
        teardown(state);
        setup(state);
    }
}

int main(void)
{
#define CASE(test_) cmocka_unit_test_setup_teardown(test_, setup, teardown)
    const struct CMUnitTest tests[] = { CASE(pci_devices), CASE(pci_goes_late),
                                        CASE(vifs), CASE(too_long),
                                        CASE(no_iommu) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
