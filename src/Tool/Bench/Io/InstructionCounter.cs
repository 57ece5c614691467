using System.Buffers.Binary;
using Tierce.Tool.Host;

namespace Tierce.Tool.Bench.Io;

/// <summary>
/// The plug-in of QEMU that counts executed instructions (<c>src/InstructionCounter</c>). The clock of a machine under -icount also runs
/// while its processor is idle; a machine that waits for its disk is idle most of the time.
/// </summary>
/// <param name="plugin">The plug-in's file.</param>
/// <param name="marks">The file to which it writes its marks.</param>
internal sealed class InstructionCounter(string plugin, string marks)
{
    /// <summary>Value of QEMU's option -plugin.</summary>
    public string Option => $"file={plugin},out={marks}";

    /// <summary>Builds the plug-in.</summary>
    /// <param name="tree">The source tree.</param>
    /// <param name="folder">Folder of the run, without commas in its path.</param>
    public static InstructionCounter Make(Repository tree, string folder)
    {
        if (folder.Contains(',', StringComparison.Ordinal))
        {
            throw new ToolException($"QEMU loads no plug-in from {folder}: its path has a comma; set TIERCE_CACHE to another folder");
        }

        string plugin = Path.Combine(folder, "counter.so");
        Programs.RunChecked("gcc", ["-shared", "-nostdlib", "-o", plugin, Path.Combine(tree.Root, "src", "InstructionCounter", "counter.S")]);
        return new InstructionCounter(plugin, Path.Combine(folder, "marks"));
    }

    /// <summary>Instructions between each pair of marks, after the machine has ended.</summary>
    public long[] Read()
    {
        if (!File.Exists(marks))
        {
            throw new ToolException("QEMU's counter of instructions wrote nothing");
        }

        byte[] bytes = File.ReadAllBytes(marks);
        long[] counts = [.. Enumerable.Range(0, bytes.Length / sizeof(long)).Select(i => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(i * sizeof(long))))];
        return [.. counts.Chunk(2).Where(pair => pair.Length == 2).Select(pair => pair[1] - pair[0])];
    }
}
