using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace Tierce.Hosted;

/// <summary>Makes code count its branches, as AFL's compilers do: a call before each block of instructions, with a random number of the block.</summary>
internal static class Instrumentation
{
    /// <summary>Rewrites an assembly that has <see cref="EdgeMap"/> in it.</summary>
    /// <param name="assembly">The assembly.</param>
    /// <param name="isCounted">Which namespaces are under test.</param>
    public static byte[] Count(byte[] assembly, Func<string, bool> isCounted)
    {
        using MemoryStream input = new(assembly);
        using ModuleDefinition module = ModuleDefinition.ReadModule(input);
        MethodDefinition visit = module.GetType(typeof(EdgeMap).FullName).Methods.Single(method => method.Name == nameof(EdgeMap.Visit));

        // The numbers are the same in each run.
        Random random = new(1);
        foreach (MethodDefinition method in module.GetAllTypes().Where(type => isCounted(Namespace(type))).SelectMany(type => type.Methods).Where(method => method.HasBody))
        {
            Count(method.Body, visit, random);
        }

        using MemoryStream output = new();
        module.Write(output);
        return output.ToArray();
    }

    private static void Count(MethodBody body, MethodDefinition visit, Random random)
    {
        body.SimplifyMacros();
        ILProcessor code = body.GetILProcessor();
        foreach (Instruction start in Starts(body))
        {
            // The block's first instruction becomes the call's argument, and follows the call again: what jumps to it needs no change.
            Instruction first = Instruction.Create(OpCodes.Nop);
            (first.OpCode, first.Operand) = (start.OpCode, start.Operand);
            (start.OpCode, start.Operand) = (OpCodes.Ldc_I4, random.Next(EdgeMap.Size));
            Instruction call = Instruction.Create(OpCodes.Call, visit);
            code.InsertAfter(start, call);
            code.InsertAfter(call, first);
        }

        body.OptimizeMacros();
    }

    /// <summary>The first instruction, targets of jumps, and what follows a conditional one.</summary>
    private static List<Instruction> Starts(MethodBody body)
    {
        HashSet<Instruction> starts = [body.Instructions[0]];
        foreach (Instruction instruction in body.Instructions)
        {
            switch (instruction.Operand)
            {
                case Instruction target:
                    starts.Add(target);
                    break;
                case Instruction[] targets:
                    starts.UnionWith(targets);
                    break;
            }

            if (instruction.OpCode.FlowControl == FlowControl.Cond_Branch)
            {
                starts.Add(instruction.Next);
            }
        }

        // A prefix and its instruction stay together.
        return [.. body.Instructions.Where(instruction => starts.Contains(instruction) && instruction.Previous?.OpCode.OpCodeType != OpCodeType.Prefix)];
    }

    private static string Namespace(TypeDefinition type) => type.DeclaringType is { } outer ? Namespace(outer) : type.Namespace;
}
