#include "hw/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>

#include "base/util.h"

/*
 * Capabilities by the number of the kernel's interface (include/uapi/linux/kvm.h): the headers of the build may be older, and those of
 * one architecture lack devices of the other.
 */
static const struct {
        const char *name;
        int number;
} capabilities[] = {
        { "kvm.max_vcpus", 66 },
        { "kvm.arm_el1_32bit", 93 },
        { "kvm.arm_pmu", 126 },
        { "kvm.arm_ipa_bits", 165 },
        { "kvm.arm_sve", 170 },
        { "kvm.arm_ptrauth", 171 },
        { "kvm.arm_mte", 205 },
        { "kvm.arm_el2", 240 },
};

static const struct {
        const char *name;
        u32 type;
} devices[] = {
        { "kvm.gicv2", 5 }, /* KVM_DEV_TYPE_ARM_VGIC_V2 */
        { "kvm.gicv3", 7 }, /* KVM_DEV_TYPE_ARM_VGIC_V3 */
        { "kvm.its", 8 },   /* KVM_DEV_TYPE_ARM_VGIC_ITS */
};

static bool is_arm(const char *name)
{
        return name[4] == 'a'; /* kvm.arm_... */
}

static void ask_devices(struct probe *p, int kvm)
{
        AUTO_CLOSE int vm = ioctl(kvm, KVM_CREATE_VM, 0);
        if (vm < 0) {
                probe_put(p, "kvm.vm", "error %d", errno);
                return;
        }
        for (size_t i = 0; i < ARRAY_LEN(devices); i++) {
                struct kvm_create_device d = { .type = devices[i].type, .flags = KVM_CREATE_DEVICE_TEST };
                probe_put(p, devices[i].name, "%d", ioctl(vm, KVM_CREATE_DEVICE, &d) == 0);
        }
}

void probe_kvm(struct probe *p)
{
        AUTO_CLOSE int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
        if (kvm < 0) {
                probe_put(p, "kvm", "%s", errno == EACCES || errno == EPERM ? "denied" : errno == ENOENT ? "absent" : "broken");
                return;
        }
        int api = ioctl(kvm, KVM_GET_API_VERSION, 0);
        probe_put(p, "kvm", "%s", api == 12 ? "usable" : "broken");
        if (api != 12)
                return;
#ifdef __aarch64__
        const bool arm = true;
#else
        const bool arm = false;
#endif
        for (size_t i = 0; i < ARRAY_LEN(capabilities); i++) {
                int value = ioctl(kvm, KVM_CHECK_EXTENSION, capabilities[i].number);
                if (value >= 0 && (arm || !is_arm(capabilities[i].name)))
                        probe_put(p, capabilities[i].name, "%d", value);
        }
        if (arm)
                ask_devices(p, kvm);
}
