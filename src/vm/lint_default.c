#include "vm/lint_default.h"

#include <string.h>

#include "base/types.h"

#define VALUE(v)            "<value>" v "</value>"
#define ENUM(name, values)  "<enum name='" name "'>" values "</enum>"
#define MODE(name, yes)     "<mode name='" name "' supported='" yes "'/>"
#define SAYS(element, is)   "<" element " supported='" is "'/>"
#define DEVICE(name, enums) "<" name " supported='yes'>" enums "</" name ">"
#define CAPS(arch, machine, vcpus, models, drives, graphics, video, tpm, gic, features) \
        "<domainCapabilities><domain>qemu</domain><machine>" machine "</machine><arch>" arch "</arch><vcpu max='" vcpus \
        "'/><os supported='yes'>" ENUM("firmware", VALUE("efi")) "</os><cpu>" MODE("host-passthrough", "yes") MODE("maximum", "yes") \
                MODE("host-model", "yes") "<mode name='custom' supported='yes'>" models "</mode></cpu><devices>" DEVICE( \
                        "disk", ENUM("bus", drives)) DEVICE("graphics", ENUM("type", graphics)) DEVICE("video", ENUM("modelType", video)) \
                        DEVICE("tpm", tpm) "</devices><features>" gic features "</features></domainCapabilities>"

#define ARM_DRIVES   VALUE("fdc") VALUE("scsi") VALUE("virtio") VALUE("usb") VALUE("sata")
#define GRAPHICS     VALUE("sdl") VALUE("vnc") VALUE("spice") VALUE("egl-headless") VALUE("dbus")
#define ARM_VIDEO    VALUE("vga") VALUE("cirrus") VALUE("vmvga") VALUE("virtio") VALUE("none") VALUE("bochs") VALUE("ramfb")
#define X86_VIDEO    VALUE("qxl") ARM_VIDEO
#define ARM_FEATURES SAYS("genid", "no") SAYS("vmcoreinfo", "yes") SAYS("sev", "no")
#define X86_FEATURES SAYS("genid", "yes") SAYS("vmcoreinfo", "yes") SAYS("sev", "no")
#define ARM_TPM      ENUM("model", VALUE("tpm-tis")) ENUM("backendModel", VALUE("passthrough") VALUE("emulator"))
#define X86_TPM      ENUM("model", VALUE("tpm-tis") VALUE("tpm-crb")) ENUM("backendModel", VALUE("passthrough") VALUE("emulator"))
#define GIC(values)  "<gic supported='yes'>" ENUM("version", values) "</gic>"
#define M(name)      "<model>" name "</model>"
/* Of a kept list of CPU models only what Arm guests are given; on x86 the models are the host's matter. */
#define A32_MODELS M("cortex-a7") M("cortex-a15") M("max")
#define A64_MODELS A32_MODELS M("cortex-a35") M("cortex-a53") M("cortex-a57") M("cortex-a72") M("cortex-a76") M("a64fx") M("neoverse-n1")

static const struct {
        const char *arch, *machine, *text; /* the machine type starts so */
} defaults[] = {
        { "aarch64", "",
                CAPS("aarch64", "virt", "512", A64_MODELS, ARM_DRIVES, GRAPHICS, ARM_VIDEO, ARM_TPM, GIC(VALUE("2") VALUE("3")),
                        ARM_FEATURES) },
        { "armv7l", "", CAPS("armv7l", "virt", "512", A32_MODELS, ARM_DRIVES, GRAPHICS, ARM_VIDEO, ARM_TPM, "", ARM_FEATURES) },
        { "x86_64", "q35", CAPS("x86_64", "q35", "288", "", ARM_DRIVES, GRAPHICS, X86_VIDEO, X86_TPM, "", X86_FEATURES) },
        { "x86_64", "pc-q35", CAPS("x86_64", "q35", "288", "", ARM_DRIVES, GRAPHICS, X86_VIDEO, X86_TPM, "", X86_FEATURES) },
        { "x86_64", "", CAPS("x86_64", "pc", "255", "", VALUE("ide") ARM_DRIVES, GRAPHICS, X86_VIDEO, X86_TPM, "", X86_FEATURES) },
};

const char *lint_default_caps(const char *arch, const char *machine)
{
        size_t i = 0;
        while (i < ARRAY_LEN(defaults) - 1 &&
                (strcmp(defaults[i].arch, arch) || strncmp(defaults[i].machine, machine, strlen(defaults[i].machine))))
                i++;
        return defaults[i].text;
}
