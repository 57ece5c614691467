using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Tierce.Hosted;

/// <summary>
/// Runs one target over changed inputs, and keeps each that takes a branch which none before took, or takes one more often. It needs no program but
/// the tests', and the same seed makes the same inputs.
/// </summary>
internal sealed class Fuzzer
{
    private readonly Action<byte[]> _target;
    private readonly Action _begin;
    private readonly byte[] _hits;
    private readonly byte[] _seen = new byte[EdgeMap.Size];
    private readonly List<byte[]> _kept = [];

    /// <summary>A fuzzer of one target.</summary>
    /// <param name="assembly">What <see cref="Instrumentation"/> made.</param>
    /// <param name="targets">The class of the target, as the running assembly has it.</param>
    /// <param name="name">A static method that takes an input, and throws where the code under test is at fault.</param>
    public Fuzzer(byte[] assembly, Type targets, string name)
    {
        Assembly loaded = HostedBuild.Load(assembly);
        Type map = loaded.GetType(typeof(EdgeMap).FullName!, throwOnError: true)!;
        _target = loaded.GetType(targets.FullName!, throwOnError: true)!.GetMethod(name, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!.CreateDelegate<Action<byte[]>>();
        _begin = map.GetMethod(nameof(EdgeMap.Begin))!.CreateDelegate<Action>();
        _hits = (byte[])map.GetProperty(nameof(EdgeMap.Hits))!.GetValue(null)!;
    }

    /// <summary>Branches that were taken, each by how often, in powers of two.</summary>
    public int Features { get; private set; }

    /// <summary>Inputs that were run.</summary>
    public int Executions { get; private set; }

    /// <summary>What was wrong with <see cref="Culprit"/>; null if nothing was.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The shortest input that was found to fail.</summary>
    public byte[]? Culprit { get; private set; }

    /// <summary>Runs the inputs of a corpus, then others made of them, until one fails or there were enough.</summary>
    public void Run(IReadOnlyList<byte[]> corpus, int seed, int executions)
    {
        foreach (byte[] input in corpus.Prepend([]))
        {
            if (!Try(input))
            {
                return;
            }
        }

        Random random = new(seed);
        Mutator mutator = new(random);
        for (int i = 0; i < executions; i++)
        {
            // Every second input is made of one of the newest.
            byte[] input = _kept[i % 2 == 0 ? random.Next(_kept.Count) : random.Next(Math.Max(0, _kept.Count - 16), _kept.Count)];
            if (!Try(mutator.Change(input, _kept[random.Next(_kept.Count)])))
            {
                return;
            }
        }
    }

    /// <summary>The fewest of the inputs kept that together take every branch that was taken: the shortest first, each that takes one more.</summary>
    public IReadOnlyList<byte[]> Minimise()
    {
        Array.Clear(_seen);
        byte[][] inputs = [.. _kept.OrderBy(input => input.Length).ThenBy(Convert.ToBase64String, StringComparer.Ordinal)];
        _kept.Clear();
        return [.. inputs.Where(input => Succeeds(input, out _) && See(howOften: false))];
    }

    private bool Try(byte[] input)
    {
        Executions++;
        if (!Succeeds(input, out Exception? failure))
        {
            (Failure, Culprit) = (failure, Shorten(input));
            return false;
        }

        if (See(howOften: true) || _kept.Count == 0)
        {
            _kept.Add(input);
        }

        return true;
    }

    private bool Succeeds(byte[] input, out Exception? failure)
    {
        _begin();
        failure = null;
        try
        {
            _target(input);
            return true;
        }
#pragma warning disable CA1031 // Whatever is thrown is the finding.
        catch (Exception thrown)
        {
            failure = thrown;
            return false;
        }
#pragma warning restore CA1031
    }

    /// <summary>Whether the last run showed something new, which is remembered.</summary>
    private bool See(bool howOften)
    {
        int before = Features;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(_hits);
        for (int word = 0; word < words.Length; word++)
        {
            for (int i = 8 * word; words[word] != 0 && i < 8 * (word + 1); i++)
            {
                byte often = (byte)(_hits[i] == 0 ? 0 : howOften ? 1 << (int)uint.Log2(_hits[i]) : 1);
                Features += (often & ~_seen[i]) != 0 ? 1 : 0;
                _seen[i] |= often;
            }
        }

        return Features != before;
    }

    /// <summary>Takes pieces out while the input still fails.</summary>
    private byte[] Shorten(byte[] input)
    {
        for (int piece = input.Length / 2; piece > 0; piece /= 2)
        {
            for (int start = 0; start + piece <= input.Length;)
            {
                byte[] shorter = [.. input[..start], .. input[(start + piece)..]];
                if (Succeeds(shorter, out _))
                {
                    start += piece;
                }
                else
                {
                    input = shorter;
                }
            }
        }

        return input;
    }
}
