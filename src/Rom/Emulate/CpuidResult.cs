using System.Runtime.InteropServices;

namespace Tierce.Rom.Emulate;

/// <summary>The result of CPUID.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CpuidResult
{
    internal uint Eax;
    internal uint Ebx;
    internal uint Ecx;
    internal uint Edx;
}
