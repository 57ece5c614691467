using Iced.Intel;

namespace Tierce.ImageTool;

/// <summary>
/// How deep calls can reach into a stack. Frames are read from the code: what a function pushes and takes off RSP. A failed check
/// ends the image's work on the stack that it finds, so its path counts once, on top of the deepest other. Recursion needs a
/// bound: a function that is listed with one is left out of the paths through it, and counted by itself as often as it says.
/// </summary>
/// <remarks>Calls through registers are not followed: the compiled code of kernel and ROM makes none, and that is checked.</remarks>
internal sealed class StackDepth
{
    private const string Failure = "tierce_fail";

    private readonly Dictionary<ulong, Node> _nodes = [];
    private readonly IReadOnlySet<string> _compiled;
    private readonly IReadOnlyDictionary<string, int> _recursions;
    private readonly ulong _failure;

    /// <summary>Reads the call graph.</summary>
    /// <param name="elf">The image.</param>
    /// <param name="functions">Its functions.</param>
    /// <param name="compiled">Symbols that the C# compiler made.</param>
    /// <param name="recursions">How often a function may be on the stack at once, for those that are more than once.</param>
    public StackDepth(
        ElfFile elf, IReadOnlyList<ImageFunction> functions, IReadOnlySet<string> compiled, IReadOnlyDictionary<string, int> recursions)
    {
        _compiled = compiled;
        _recursions = recursions;
        _failure = elf.Symbols.FirstOrDefault(s => s.Name == Failure)?.Address ?? 0;
        var entries = functions.ToDictionary(f => f.Address);
        foreach (ImageFunction function in functions)
        {
            _nodes[function.Address] = Read(elf, function, entries);
        }
    }

    /// <summary>The deepest stack in bytes, the path to it, and what stands in the way of knowing it.</summary>
    public (int Bytes, string Path, IReadOnlyList<string> Problems) Deepest()
    {
        var problems = new List<string>();
        foreach (Node node in _nodes.Values.Where(n => _compiled.Contains(n.Function.Symbol)))
        {
            _ = Depth(node, problems);
        }

        Node? deepest = _nodes.Values.Where(n => _compiled.Contains(n.Function.Symbol)).MaxBy(n => n.Depth);
        int failure = _nodes.TryGetValue(_failure, out Node? fail) ? DepthOfFailure(fail, problems) : 0;
        int recursion = _nodes.Values.Sum(n => n.Depth * _recursions.GetValueOrDefault(n.Function.Name));
        return ((deepest?.Depth ?? 0) + recursion + failure, Path(deepest), problems);
    }

    private int DepthOfFailure(Node fail, List<string> problems)
    {
        // A check that fails while a failure is reported ends in the same function, which notices that.
        fail.State = Walk.Known;
        return fail.Frame + fail.Callees.Select(c => Depth(_nodes[c], problems)).DefaultIfEmpty(0).Max();
    }

    private int Depth(Node node, List<string> problems)
    {
        if (node.State == Walk.Known)
        {
            return node.Depth;
        }

        node.State = Walk.Open;
        if (node.Unbounded is not null)
        {
            problems.Add($"{node.Function.Name}: {node.Unbounded}");
        }

        int below = 0;
        foreach (ulong callee in node.Callees.Where(c => c != _failure))
        {
            Node next = _nodes[callee];
            if (_recursions.ContainsKey(next.Function.Name))
            {
                continue;
            }

            if (next.State == Walk.Open)
            {
                problems.Add($"{node.Function.Name}: calls {next.Function.Name}, which has called it: recursion without a bound in build/recursions.txt");
                continue;
            }

            int depth = Depth(next, problems);
            if (depth > below)
            {
                below = depth;
                node.Deepest = next;
            }
        }

        node.State = Walk.Known;
        return node.Depth = node.Frame + below;
    }

    private Node Read(ElfFile elf, ImageFunction function, Dictionary<ulong, ImageFunction> entries)
    {
        var node = new Node(function);
        bool compiled = _compiled.Contains(function.Symbol), prologue = true;
        Decoder decoder = Decoder.Create(64, new ByteArrayCodeReader(elf.Code(function.Address, function.Size).ToArray()), function.Address);
        while (decoder.IP < function.Address + function.Size)
        {
            Instruction instruction = decoder.Decode();
            if (instruction.IsCallNear || instruction.IsJmpShortOrNear || instruction.IsJccShortOrNear)
            {
                ulong target = instruction.NearBranchTarget;
                // A jump to the function's own start is a loop.
                if (entries.ContainsKey(target) && (instruction.IsCallNear || target != function.Address))
                {
                    node.Callees.Add(target);
                }
            }
            else if (instruction.IsCallNearIndirect && compiled)
            {
                node.Unbounded = "calls through a pointer, whose stack is not known";
            }

            // Of compiled code the prologue alone counts: what follows a return begins anew. Of assembly every push counts.
            prologue &= instruction.FlowControl == FlowControl.Next;
            node.Frame += prologue || !compiled ? Taken(in instruction, node) : 0;
        }

        return node;
    }

    private static int Taken(in Instruction instruction, Node node)
    {
        switch (instruction.Mnemonic)
        {
            case Mnemonic.Push or Mnemonic.Pushfq:
                return 8;
            case Mnemonic.Sub when instruction.Op0Kind == OpKind.Register && instruction.Op0Register == Register.RSP:
                if (instruction.Op1Kind == OpKind.Register)
                {
                    node.Unbounded = "takes a variable amount of stack";
                    return 0;
                }

                return (int)instruction.GetImmediate(1);
            default:
                return 0;
        }
    }

    private static string Path(Node? node)
    {
        var names = new List<string>();
        for (; node is not null; node = node.Deepest)
        {
            names.Add($"{node.Function.Name} {node.Frame}");
        }

        return string.Join(" > ", names);
    }

    private enum Walk
    {
        New,
        Open,
        Known,
    }

    private sealed class Node(ImageFunction function)
    {
        public ImageFunction Function { get; } = function;

        // The return address.
        public int Frame { get; set; } = 8;

        public int Depth { get; set; }

        public Walk State { get; set; }

        public string? Unbounded { get; set; }

        public Node? Deepest { get; set; }

        public HashSet<ulong> Callees { get; } = [];
    }
}
