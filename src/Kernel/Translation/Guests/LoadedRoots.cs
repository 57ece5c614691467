using System.Runtime.InteropServices;

namespace Tierce.Kernel.Translation.Guests;

/// <summary>What a virtual CPU has loaded of its guest's address spaces.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct LoadedRoots
{
    /// <summary>
    /// Address of guest user's last page fault that was the guest's own. What the guest's kernel maps there is filled before guest user
    /// resumes. 0: none.
    /// </summary>
    public ulong FaultAddress;

    /// <summary>Physical addresses of the top-level tables that the processor walks; 0 for none.</summary>
    public ulong KernelTop, UserTop;

    /// <summary>Guest frames of those roots.</summary>
    public ulong KernelRootFrame, UserRootFrame;

    /// <summary>The same roots as numbers, of which only what translates knows the meaning; less than 0 for none.</summary>
    public int KernelRoot, UserRoot;

    /// <summary>No roots.</summary>
    public static LoadedRoots None => new() { KernelRoot = -1, UserRoot = -1 };
}
