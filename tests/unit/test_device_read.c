/* SPDX-License-Identifier: LGPL-2.1-only */
/* Which of a guest's devices can be changed for others: its host's sysfs, LLDP,
 * ip and libxl are doubles. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libxl-ext/device.h"
#include "tools/cluster/host_devices.h"
#include "tools/cluster/views.h"
#include "tools/move/device_here.h"
#include "tools/move/vf.h"

/* --- this host --------------------------------------------------------------- */

static struct devicefact host[] = {
    { .address = "0000:00:10.0",
      .vendor = 0x8086,
      .device = 0x100e,
      .class = 0x020000,
      .vf = -1 },
    { .address = "0000:03:10.0",
      .vendor = 0x8086,
      .device = 0x1889,
      .class = 0x020000,
      .pf = "0000:03:00.0",
      .vf = 3,
      .port = "ens1f0" },
    /* its number is not known; and a whole device that is no network card */
    { .address = "0000:03:10.2",
      .vendor = 0x8086,
      .device = 0x1889,
      .class = 0x020000,
      .pf = "0000:03:00.0",
      .vf = -1,
      .port = "ens1f0" },
    { .address = "0000:65:00.0",
      .vendor = 0x8086,
      .device = 0x100e,
      .class = 0x030200,
      .vf = -1 },
};

int __wrap_host_devices(struct devicefacts *l, const char *sys);
int __wrap_host_devices(struct devicefacts *l, const char *sys)
{
    int rc = 0;

    for (size_t i = 0; i < sizeof host / sizeof *host && !rc; i++)
        rc = devicefacts_add(l, &host[i]);
    return rc;
}

int __wrap_views_local(struct topo_view *v, const struct config *c,
                       char **address, size_t n, struct msg *err);
int __wrap_views_local(struct topo_view *v, const struct config *c,
                       char **address, size_t n, struct msg *err)
{
    return 1;
}

int __wrap_vf_read(const char *port, unsigned vf, struct vfinfo *info,
                   struct msg *err);
int __wrap_vf_read(const char *port, unsigned vf, struct vfinfo *info,
                   struct msg *err)
{
    assert_string_equal(port, "ens1f0");
    assert_int_equal(vf, 3);
    *info = (struct vfinfo){ .mac = "00:16:3e:5e:6c:01", .vlan = 20 };
    return 0;
}

int __wrap_xlx_device_read_vif(struct xlx *x, uint32_t domid, unsigned vif,
                               char *nic, size_t size, char mac[18],
                               struct msg *err);
int __wrap_xlx_device_read_vif(struct xlx *x, uint32_t domid, unsigned vif,
                               char *nic, size_t size, char mac[18],
                               struct msg *err)
{
    assert_int_equal(vif, 2);
    strcpy(nic, "{}");
    strcpy(mac, "00:16:3e:5e:6c:02");
    return 0;
}

/* --- what is read ------------------------------------------------------------ */

static struct config conf;
static struct xlx_domain dom;
static struct device_wish w;
static struct msg err;

static int setup(void **state)
{
    dom = (struct xlx_domain){ .domid = 7, .type = XLX_HVM };
    conf.pci_class = (struct class_rows){ .row = NULL };
    return class_rows_add(&conf.pci_class, "vf=8086:1889") ||
           class_rows_add(&conf.pci_class, "nic=card:8086:100e");
}

static int teardown(void **state)
{
    strlist_dispose(&dom.pci);
    class_rows_dispose(&conf.pci_class);
    return 0;
}

static int read_with(const char *address, uint64_t vifs)
{
    assert_int_equal(strlist_add(&dom.pci, address), 0);
    dom.vifs = vifs;
    return device_read(NULL, &dom, &conf, &w, &err);
}

static void a_vf(void **state)
{
    assert_int_equal(read_with("0000:03:10.0", 0), 0);
    assert_int_equal(w.list.n, 1);
    assert_true(device_is_vf(&w.list.item[0]));
    assert_string_equal(w.list.item[0].mac, "00:16:3e:5e:6c:01");
    assert_int_equal(w.list.item[0].vlan, 20);
}

/* A card has the MAC address of the vif beside it, which has to be one. */
static void a_card(void **state)
{
    assert_int_equal(read_with("0000:00:10.0", 4), 0);
    assert_int_equal(w.list.n, 1);
    assert_int_equal(w.tied, 0);
    assert_true(device_is_card(&w.list.item[0]));
    assert_string_equal(w.list.item[0].class, "nic");
    assert_string_equal(w.list.item[0].mac, "00:16:3e:5e:6c:02");
    assert_string_equal(w.list.item[0].nic, "");
    for (uint64_t vifs = 0; vifs <= 6; vifs += 6) {
        dom.vifs = vifs;
        assert_int_equal(device_read(NULL, &dom, &conf, &w, &err), -ENODEV);
        assert_non_null(strstr(err.text, "not just one virtual interface"));
    }
}

/* Its Linux would not live on where it arrives. With a VF it does. */
static void a_card_of_a_pv_guest(void **state)
{
    dom.type = XLX_PV;
    assert_int_equal(read_with("0000:03:10.0", 4), 0);
    assert_int_equal(w.list.n, 1);
    assert_int_equal(read_with("0000:00:10.0", 4), -EPERM);
    assert_non_null(
        strstr(err.text, "PV guest with the network card 0000:00:"));
}

/* Nor would one with a card that interrupts by a line. */
static void a_card_without_messages(void **state)
{
    host[0].line_only = true;
    assert_int_equal(read_with("0000:00:10.0", 4), -EPERM);
    assert_non_null(strstr(err.text, "which has neither MSI nor MSI-X"));
    host[0].line_only = false;
}

static void what_ties(void **state)
{
    assert_int_equal(read_with("0000:03:10.2", 4), 0);
    assert_int_equal(w.tied, 1);
    assert_int_equal(read_with("0000:65:00.0", 4), 0);
    assert_int_equal(w.tied, 2);
    assert_int_equal(read_with("0000:66:00.0", 4), 0);
    assert_int_equal(w.tied, 3);
    assert_int_equal(w.list.n, 0);
}

int main(void)
{
#define CASE(test_) cmocka_unit_test_setup_teardown(test_, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_vf),
        CASE(a_card),
        CASE(a_card_of_a_pv_guest),
        CASE(a_card_without_messages),
        CASE(what_ties),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
