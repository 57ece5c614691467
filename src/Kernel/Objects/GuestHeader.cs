using System.Runtime.InteropServices;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.Translation;
using Tierce.Kernel.Translation.Guests;

namespace Tierce.Kernel.Objects;

/// <summary>
/// First member of <see cref="Guest"/>: the capability system's part of a guest. It is filled in after <see cref="GuestSpace.Create"/> has
/// succeeded; the rest of the guest must not change it.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe partial struct GuestHeader
{
    /// <summary>Head of the object; its root is a child of the cache's memory capability.</summary>
    public KernelObject Object;

    /// <summary>Child of the memory capability of the guest's frames.</summary>
    public Capability Frames;

    /// <summary>First page number and pages of the frames.</summary>
    public ulong FirstPage, Pages;

    /// <summary>First page number and pages of the memory that the kernel uses for this guest.</summary>
    public ulong CacheFirstPage, CachePages;

    /// <summary>First of its virtual CPUs, linked by <see cref="Thread.NextInGuest"/>.</summary>
    public Thread* FirstVCpu;
}
