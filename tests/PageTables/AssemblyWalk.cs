using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;

namespace Tierce.PageTables;

/// <summary>The walk that entry code makes at a page fault of guest user (walk.inc of the kernel), assembled into a library of this process.</summary>
public sealed unsafe class AssemblyWalk : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("tierce-walk-").FullName;
    private readonly nint library;
    private readonly delegate* unmanaged<void*, void*, ulong, void> prepare;
    private readonly delegate* unmanaged<ulong, ulong, long> fault;

    /// <summary>Assembles it.</summary>
    /// <param name="old">A text that walk.inc holds once, and that is replaced; null for the walk as it is.</param>
    /// <param name="new">What takes its place.</param>
    public AssemblyWalk(string? old = null, string @new = "")
    {
        string kernel = Path.Combine(Sources.Root, "src", "Kernel");
        string text = File.ReadAllText(Path.Combine(kernel, "Arch", "X64", "walk.inc"));
        if (old != null)
        {
            text = Sources.ReplaceOnce("walk.inc", text, old, @new);
        }

        Directory.CreateDirectory(Path.Combine(folder, "Arch", "X64"));
        File.WriteAllText(Path.Combine(folder, "Arch", "X64", "walk.inc"), text);
        string output = Path.Combine(folder, "walk.so");
        string layout = Path.Combine(Sources.Root, "artifacts", "obj", "Kernel", "release", "image");
        string[] includes = [folder, layout, kernel, Path.Combine(Sources.Root, "src", "CoreLib", "X64")];
        using Process gcc = Process.Start("gcc",
        [
            "-shared", "-nostdlib", "-x", "assembler-with-cpp", "-Wa,--fatal-warnings,--noexecstack", .. includes.SelectMany(path => (string[])["-I", path]),
            "-o", output, Path.Combine(Sources.Root, "tests", "PageTables", "walk.S"),
        ]);
        gcc.WaitForExit();
        Assert.Equal(0, gcc.ExitCode);
        library = NativeLibrary.Load(output);
        prepare = (delegate* unmanaged<void*, void*, ulong, void>)NativeLibrary.GetExport(library, "walk_prepare");
        fault = (delegate* unmanaged<ulong, ulong, long>)NativeLibrary.GetExport(library, "walk_fault");
    }

    /// <summary>What the processor's data says of the current guest: its user's top-level table, its memory.</summary>
    public void Prepare(void* table, void* memory, ulong bytes) => prepare(table, memory, bytes);

    /// <summary>The error code that the guest gets, or -1 where the decision is left to C#.</summary>
    public long Fault(ulong address, ulong error) => fault(address, error);

    public void Dispose()
    {
        NativeLibrary.Free(library);
        Directory.Delete(folder, recursive: true);
    }
}
