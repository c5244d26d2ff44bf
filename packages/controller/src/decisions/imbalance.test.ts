import { imbalancedBrokers } from "./imbalance";

it("a broker is out of balance when more than the percentage of what prefers it is led elsewhere", () => {
  const ten = (elsewhere: number) =>
    Array.from({ length: 10 }, (_, i) => ({ replicas: [1, 2], leader: i < elsewhere ? 2 : 1 }));
  expect(imbalancedBrokers(ten(1), 10)).toEqual(new Set());
  expect(imbalancedBrokers(ten(2), 10)).toEqual(new Set([1]));
  expect(imbalancedBrokers([{ replicas: [1], leader: -1 }], 10)).toEqual(new Set([1]));
});
