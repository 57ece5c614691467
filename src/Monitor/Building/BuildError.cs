using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>Reasons why a guest cannot be built. Each has a message of its own.</summary>
public enum BuildError
{
    /// <summary>No error.</summary>
    None,

    /// <summary>The kernel file does not begin with ELF's magic.</summary>
    NotElf,

    /// <summary>The kernel file is for another processor.</summary>
    NotX64,

    /// <summary>The kernel file ends early.</summary>
    Truncated,

    /// <summary>The kernel file has nothing to load, or contradicts itself.</summary>
    BadSegment,

    /// <summary>No note with the owner "Xen" or "Tierce".</summary>
    NoNotes,

    /// <summary>Malformed notes.</summary>
    BadNotes,

    /// <summary>An entry for guests with hardware virtualization, and none for PV.</summary>
    NoEntryNote,

    /// <summary>An offset of physical addresses without a virtual base.</summary>
    NoVirtualBase,

    /// <summary>A virtual base that is not aligned to 4 MiB, lies in the hole, or above the entry.</summary>
    BadVirtualBase,

    /// <summary>The kernel leaves less of the address space free than the hypervisor's hole.</summary>
    HoleTooSmall,

    /// <summary>Another version of the interface.</summary>
    BadXenVersion,

    /// <summary>Another way of loading.</summary>
    BadLoader,

    /// <summary>The kernel requires a feature that does not exist.</summary>
    FeatureRequired,

    /// <summary>The kernel does not fit the guest's memory.</summary>
    TooLittleMemory,

    /// <summary>With the RAM disk the memory does not suffice.</summary>
    RamDiskTooLarge,

    /// <summary>The ROM image has no header, or one that contradicts itself.</summary>
    BadRom,

    /// <summary>The ROM image is of another build.</summary>
    OtherRom,

    /// <summary>The frames above RAM do not suffice; root gave too few.</summary>
    TooFewExtras,

    /// <summary>Way "page": the kernel requests no hypercall page.</summary>
    NoHypercallPage,

    /// <summary>The kernel's hypercall page is not a page of the kernel's image.</summary>
    BadHypercallPage,

    /// <summary>Way "patch": one of the two stubs is not in the kernel's text.</summary>
    NoStub,

    /// <summary>Way "patch": bytes of a stub are in the kernel's text more than once.</summary>
    StubTwice,

    /// <summary>Way "patch": no padding for the pointers.</summary>
    NoStubPadding,

    /// <summary>A way was chosen for a native guest, which has only its own.</summary>
    NativeEntry,

    /// <summary>The bundle has no ROM for native guests.</summary>
    NoNativeRom,

    /// <summary>Way "patch-more": the monitor does not recognise all functions of the kernel.</summary>
    UnknownFunctions,

    /// <summary>Ways "patch" and "patch-more": monitor or ROM was built without its room for Linux.</summary>
    NoLinuxRoom,

    /// <summary>A kernel call failed while building.</summary>
    KernelCallFailed,
}

/// <summary>The messages.</summary>
public static class BuildMessage
{
    /// <summary>The same as an error of building.</summary>
    public static BuildError From(ElfError error) => error switch
    {
        ElfError.None => BuildError.None,
        ElfError.NotElf => BuildError.NotElf,
        ElfError.NotX64 => BuildError.NotX64,
        ElfError.Truncated => BuildError.Truncated,
        _ => BuildError.BadSegment,
    };

    /// <summary>One line for the log.</summary>
    public static ReadOnlySpan<byte> Text(BuildError error)
    {
        switch (error)
        {
            case BuildError.None: return "no error"u8;
            case BuildError.NotElf: return "the kernel is not an ELF file"u8;
            case BuildError.NotX64: return "the kernel is not for x86-64"u8;
            case BuildError.Truncated: return "the kernel image is truncated"u8;
            case BuildError.BadSegment: return "the kernel image has no usable segments"u8;
            case BuildError.NoNotes: return "the kernel has neither Xen notes (it is no PV kernel) nor Tierce's own"u8;
            case BuildError.BadNotes: return "the kernel's notes are malformed"u8;
            case BuildError.NoEntryNote: return "the kernel's notes name an entry for hardware virtualization alone"u8;
            case BuildError.NoVirtualBase: return "the kernel's notes have a physical offset without a virtual base"u8;
            case BuildError.BadVirtualBase: return "the kernel's virtual base is not usable"u8;
            case BuildError.HoleTooSmall: return "the kernel leaves too small a hole for the hypervisor"u8;
            case BuildError.BadXenVersion: return "the kernel wants a Xen interface other than xen-3.0"u8;
            case BuildError.BadLoader: return "the kernel wants a loader other than generic"u8;
            case BuildError.FeatureRequired: return "the kernel requires a feature that is not supported"u8;
            case BuildError.TooLittleMemory: return "too little memory for the kernel"u8;
            case BuildError.RamDiskTooLarge: return "the initial RAM disk does not fit the guest's memory"u8;
            case BuildError.BadRom: return "the ROM image is malformed"u8;
            case BuildError.OtherRom: return "the ROM image is of another build"u8;
            case BuildError.TooFewExtras: return "too few frames above RAM for the ROM and its tables"u8;
            case BuildError.NoHypercallPage: return "entry=page: the kernel asks for no hypercall page"u8;
            case BuildError.BadHypercallPage: return "the kernel's hypercall page lies outside its image"u8;
            case BuildError.NoStub: return "entry=patch: the kernel's text has no hypercall stub of a known form"u8;
            case BuildError.StubTwice: return "entry=patch: the kernel's text has a hypercall stub's bytes more than once"u8;
            case BuildError.NativeEntry: return "entry: a native guest calls its ROM, there is no other way to ask for"u8;
            case BuildError.NoNativeRom: return "the kernel has Tierce's notes, and native-rom names no ROM for it"u8;
            case BuildError.UnknownFunctions: return "entry=patch-more: not all functions of the kernel are the ones known"u8;
            case BuildError.NoLinuxRoom: return "entry=patch: this build has no room for Linux"u8;
            case BuildError.NoStubPadding: return "entry=patch: the kernel's text has no padding to hold the pointers"u8;
            default: return "a kernel call failed"u8;
        }
    }
}
