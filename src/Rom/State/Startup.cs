using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Rom.Emulate;
using Tierce.Rom.Xen;

namespace Tierce.Rom.State;

/// <summary>
/// Sets up the ROM's state and the guest's shared information when C# runs for the first time: at the guest's first hypercall, privileged
/// instruction or event. The paths in assembly depend on tables that only a hypercall can fill, so they cannot come earlier.
/// </summary>
internal static unsafe class Startup
{
    // SAFETY: frames that the monitor names in RomInfo, which it has made and the window shows.

    /// <summary>Sets up on the first call and does nothing on later ones. Does not enter the kernel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Ensure()
    {
        if (Machine.State->Ready == 0)
        {
            Run();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Run()
    {
        RomState* state = Machine.State;
        RomInfo* info = Machine.Info;
        state->SharedInfo = (SharedInfo*)Machine.Window(info->SharedInfoFrame << 12);
        state->Input.Driver = info->InputFrame == 0 ? null : (ByteRingHeader*)Machine.Window(info->InputFrame << 12);
        state->Input.Guest = Machine.Window(info->ConsoleFrame << 12);
        state->VcpuInfo = &Events.Shared->VcpuInfo;
        state->VcpuInfo->UpcallMask = 1;
        Clock.Fill(&state->VcpuInfo->Time);
        state->KernelRoot = info->InitialRootFrame;
        state->Cr0 = ControlRegisters.InitialCr0;
        state->Cr4 = ControlRegisters.InitialCr4();
        state->Xcr0 = 1;
        state->Debug[6] = DebugRegister.InitialStatus;
        state->Debug[7] = DebugRegister.InitialControl;
        Events.BindMonitor((uint)info->StorePort);
        Events.BindMonitor((uint)info->ConsolePort);

        // This comes last. If VMINT interrupts the set-up, it does all of it itself, and doing it again changes nothing.
        state->Ready = 1;
    }
}
