using System.Runtime.InteropServices;

namespace Tierce.Kernel.Translation;

/// <summary>What a virtual CPU has loaded of its guest's address spaces.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct LoadedRoots
{
    /// <summary>
    /// Address of guest user's last page fault that was the guest's own. What the guest's kernel maps there is filled before guest user
    /// resumes. 0: none.
    /// </summary>
    public ulong FaultAddress;

    /// <summary>Top-level tables of the cache, as indices (see <see cref="TablePool"/>); -1 for none.</summary>
    public int KernelRoot, UserRoot;

    /// <summary>Guest frames of those roots.</summary>
    public ulong KernelRootFrame, UserRootFrame;
}
